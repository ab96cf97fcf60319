package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.schema.DurationBounds;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.ValidationRule;

/** Pushed as ping and ping-restart. */
@ValidationRule(
    value =
        "!self.timeout.matches('"
            + DurationBounds.PATTERN
            + "') || !self.interval.matches('"
            + DurationBounds.PATTERN
            + "') || duration(self.timeout) >= duration(self.interval) + duration(self.interval)",
    fieldPath = ".timeout",
    messageExpression =
        "self.timeout + ' is less than twice the interval, so one lost ping ends a session; write"
            + " three times ' + self.interval")
public record Keepalive(
    @Default("8s")
        @JsonPropertyDescription("A ping after this much silence.")
        @DurationBounds(min = "1s", max = "1h")
        String interval,
    @Default("24s")
        @JsonPropertyDescription(
            "The other side is taken for gone after this much silence. 4s and 14s where fail-over"
                + " matters more than batteries.")
        @DurationBounds(min = "2s", max = "24h")
        String timeout) {
  static final Keepalive DEFAULT = new Keepalive("8s", "24s");

  public Keepalive {
    interval = interval == null ? "8s" : interval;
    timeout = timeout == null ? "24s" : timeout;
  }
}

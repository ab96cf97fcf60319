package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

/** Pushed as ping and ping-restart. */
public record Keepalive(
    @Default("8s")
        @Size(min = 2, max = 16)
        @Pattern("^([0-9]+(h|m|s))+$")
        @JsonPropertyDescription("A ping after this much silence.")
        String interval,
    @Default("24s")
        @Size(min = 2, max = 16)
        @Pattern("^([0-9]+(h|m|s))+$")
        @JsonPropertyDescription(
            "The other side is taken for gone after this much silence. 4s and 14s where fail-over"
                + " matters more than batteries.")
        String timeout) {
  static final Keepalive DEFAULT = new Keepalive("8s", "24s");

  public Keepalive {
    interval = interval == null ? "8s" : interval;
    timeout = timeout == null ? "24s" : timeout;
  }
}

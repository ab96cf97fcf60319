package dev.ovenbird.app.metric;

import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.server.metric.Metrics.Flow;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/** Prometheus' view of the counts. Made at the first scrape: most agents are never asked. */
public final class MetricsPage {
  private static final double NANOS = 1e9;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /**
   * What is known outside of the server.
   *
   * @param rosterAgeSeconds since the operator last vouched for the roster
   * @param certificateExpirySeconds Unix time at which the instance's certificate ends
   */
  public record Gauges(
      DoubleSupplier ready,
      DoubleSupplier rosterAgeSeconds,
      DoubleSupplier rosterClients,
      DoubleSupplier certificateExpirySeconds) {}

  public MetricsPage(AgentMetrics counts, Gauges gauges, String cluster, int lane) {
    registry.config().commonTags("cluster", cluster, "lane", Integer.toString(lane));
    for (Flow flow : Flow.values()) {
      Tags tags = Tags.of("flow", label(flow));
      counter("ovenbird.packets", "Packets that passed", counts.packets[flow.ordinal()], 1, tags);
      counter("ovenbird.bytes", "Bytes that passed", counts.bytes[flow.ordinal()], 1, tags);
    }
    for (DropReason reason : DropReason.values()) {
      counter(
          "ovenbird.dropped.packets",
          "Packets that went no further",
          counts.drops[reason.ordinal()],
          1,
          Tags.of("reason", label(reason)));
    }
    for (CloseReason reason : CloseReason.values()) {
      counter(
          "ovenbird.sessions.closed",
          "Sessions that ended",
          counts.closes[reason.ordinal()],
          1,
          Tags.of("reason", label(reason)));
    }
    counter("ovenbird.sessions.opened", "Sessions that became usable", counts.opened);
    counter("ovenbird.sessions.moved", "Changes of a client's address", counts.moved);
    counter("ovenbird.slow.tasks", "TLS steps and key derivations", counts.slowTasks);
    counter("ovenbird.slow.tasks.failed", "Those that threw", counts.slowTaskFailures);
    seconds("ovenbird.slow.tasks.wait.seconds", "Queue time of these", counts.slowTaskWaitNanos);
    seconds("ovenbird.slow.tasks.run.seconds", "Run time of these", counts.slowTaskRunNanos);
    counter("ovenbird.loop.turns", "Turns of packet work", counts.turns);
    counter("ovenbird.loop.turns.slow", "Turns of 10 ms or more", counts.slowTurns);
    seconds("ovenbird.loop.busy.seconds", "Time in packet work", counts.turnNanos);
    gauge(
        "ovenbird.loop.turn.longest.seconds",
        "Longest turn since the last scrape",
        () -> counts.takeLongestTurnNanos() / NANOS);
    gauge("ovenbird.sessions", "Open sessions", () -> counts.open);
    gauge(
        "ovenbird.sessions.half.open", "Sessions in their first handshake", () -> counts.halfOpen);
    gauge("ovenbird.tcp.connections", "Open TCP connections", () -> counts.tcpConnections);
    gauge("ovenbird.ready", "Whether the instance serves", gauges.ready());
    gauge("ovenbird.roster.age.seconds", "Since it was vouched for", gauges.rosterAgeSeconds());
    gauge("ovenbird.roster.clients", "Clients in the roster", gauges.rosterClients());
    gauge(
        "ovenbird.certificate.expiry.timestamp.seconds",
        "End of the instance's certificate, Unix time",
        gauges.certificateExpirySeconds());
  }

  /** The page in Prometheus' text format. */
  public String scrape() {
    return registry.scrape();
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private void counter(String name, String description, LongAdder adder) {
    counter(name, description, adder, 1, Tags.empty());
  }

  private void seconds(String name, String description, LongAdder nanos) {
    counter(name, description, nanos, NANOS, Tags.empty());
  }

  private void counter(String name, String description, LongAdder adder, double unit, Tags tags) {
    FunctionCounter.builder(name, adder, value -> value.sum() / unit)
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private void gauge(String name, String description, DoubleSupplier value) {
    Gauge.builder(name, value::getAsDouble)
        .description(description)
        .strongReference(true)
        .register(registry);
  }
}

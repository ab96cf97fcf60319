package dev.ovenbird.app.metric;

import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.server.metric.CountingMetrics;
import dev.ovenbird.server.metric.DnsEvent;
import dev.ovenbird.server.metric.Metrics.Flow;
import dev.ovenbird.server.metric.StartStage;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.function.ToLongFunction;

/** Prometheus' view of the counts. Made at the first scrape: most agents are never asked. */
public final class MetricsPage {
  private static final double NANOS = 1e9;

  private final CountingMetrics counts;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /**
   * What is known outside of the server.
   *
   * @param rosterAgeSeconds since the operator last vouched for the roster
   * @param certificateExpirySeconds Unix time at which the instance's certificate ends
   * @param execNanoTime when the process began ({@link System#nanoTime})
   */
  public record Gauges(
      DoubleSupplier ready,
      DoubleSupplier rosterAgeSeconds,
      DoubleSupplier rosterClients,
      DoubleSupplier certificateExpirySeconds,
      long execNanoTime) {}

  public MetricsPage(CountingMetrics counts, Gauges gauges, String cluster, int lane) {
    this.counts = counts;
    registry.config().commonTags("cluster", cluster, "lane", Integer.toString(lane));
    for (Flow flow : Flow.values()) {
      Tags tags = Tags.of("flow", label(flow));
      counter("ovenbird.packets", "Packets that passed", c -> c.packets(flow), 1, tags);
      counter("ovenbird.bytes", "Bytes that passed", c -> c.bytes(flow), 1, tags);
    }
    for (DropReason reason : DropReason.values()) {
      counter(
          "ovenbird.dropped.packets",
          "Packets that went no further",
          c -> c.drops(reason),
          1,
          Tags.of("reason", label(reason)));
    }
    for (CloseReason reason : CloseReason.values()) {
      counter(
          "ovenbird.sessions.closed",
          "Sessions that ended",
          c -> c.closed(reason),
          1,
          Tags.of("reason", label(reason)));
    }
    for (DnsEvent event : DnsEvent.values()) {
      counter(
          "ovenbird.dns.events",
          "What became of clients' DNS queries",
          c -> c.dnsEvents(event),
          1,
          Tags.of("event", label(event)));
    }
    counter("ovenbird.sessions.opened", "Sessions that became usable", CountingMetrics::opened);
    counter("ovenbird.sessions.moved", "Changes of a client's address", CountingMetrics::moved);
    counter("ovenbird.slow.tasks", "TLS steps and key derivations", CountingMetrics::slowTasks);
    counter("ovenbird.slow.tasks.failed", "Those that threw", CountingMetrics::slowTaskFailures);
    seconds(
        "ovenbird.slow.tasks.wait.seconds",
        "Queue time of these",
        CountingMetrics::slowTaskWaitNanos);
    seconds("ovenbird.slow.tasks.run.seconds", "Run time of these", CountingMetrics::slowTaskNanos);
    counter("ovenbird.loop.turns", "Turns of packet work", CountingMetrics::turns);
    counter("ovenbird.loop.turns.slow", "Turns of 10 ms or more", CountingMetrics::slowTurns);
    counter("ovenbird.loop.pauses", "Pauses in which packets gathered", CountingMetrics::pauses);
    seconds("ovenbird.loop.busy.seconds", "Time in packet work", CountingMetrics::turnNanos);
    gauge(
        "ovenbird.loop.turn.longest.seconds",
        "Longest turn since the last scrape",
        () -> counts.takeLongestTurnNanos() / NANOS);
    gauge("ovenbird.sessions", "Open sessions", counts::openSessions);
    gauge(
        "ovenbird.sessions.half.open",
        "Sessions in their first handshake",
        counts::halfOpenSessions);
    gauge("ovenbird.tcp.connections", "Open TCP connections", counts::openTcpConnections);
    gauge("ovenbird.ready", "Whether the instance serves", gauges.ready());
    gauge("ovenbird.roster.age.seconds", "Since it was vouched for", gauges.rosterAgeSeconds());
    gauge("ovenbird.roster.clients", "Clients in the roster", gauges.rosterClients());
    for (StartStage stage : StartStage.values()) {
      Gauge.builder("ovenbird.start.seconds", counts, from -> seconds(from, stage, gauges))
          .description("From exec to a stage of the start")
          .tag("stage", label(stage))
          .register(registry);
    }
    gauge(
        "ovenbird.certificate.expiry.timestamp.seconds",
        "End of the instance's certificate, Unix time",
        gauges.certificateExpirySeconds());
  }

  /** The page in Prometheus' text format. */
  public String scrape() {
    return registry.scrape();
  }

  private static double seconds(CountingMetrics from, StartStage stage, Gauges gauges) {
    long at = from.reachedAt(stage);
    return at == 0 ? Double.NaN : (at - gauges.execNanoTime()) / NANOS;
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private void counter(String name, String description, ToLongFunction<CountingMetrics> count) {
    counter(name, description, count, 1, Tags.empty());
  }

  private void seconds(String name, String description, ToLongFunction<CountingMetrics> nanos) {
    counter(name, description, nanos, NANOS, Tags.empty());
  }

  private void counter(
      String name,
      String description,
      ToLongFunction<CountingMetrics> count,
      double unit,
      Tags tags) {
    FunctionCounter.builder(name, counts, from -> count.applyAsLong(from) / unit)
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

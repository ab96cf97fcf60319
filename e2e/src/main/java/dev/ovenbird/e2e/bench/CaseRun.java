package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Cpu;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.service.Iperf;
import java.time.Duration;
import java.util.List;

/** Runs cases of the tunnel on contestants and keeps what they show. */
final class CaseRun {
  private static final double BYTES_PER_GB = 1e9;
  private static final int UDP_PORT = 7400;
  private static final Duration PING_INTERVAL = Duration.ofMillis(2);

  private final int seconds;
  private final int packetsPerSecond;
  private final Buffers buffers;
  private final Pinning pinning;

  /**
   * @param seconds per contestant and case
   * @param packetsPerSecond offered where packets are small
   */
  CaseRun(int seconds, int packetsPerSecond, Buffers buffers, Pinning pinning) {
    this.seconds = seconds;
    this.packetsPerSecond = packetsPerSecond;
    this.buffers = buffers;
    this.pinning = pinning;
  }

  /** Lets caches fill and code be compiled, for twice the seconds; nothing is kept. */
  static void warmUp(Contestant on, int seconds) {
    if (seconds > 0) {
      Iperf.run(on.lab().client(0), Lab.SERVICE_IPV4, seconds);
      Iperf.run(on.lab().client(0), Lab.SERVICE_IPV4, seconds, "-R");
    }
  }

  void run(TunnelCase which, Contestant on) {
    switch (which) {
      case TCP_UP_1, TCP_DOWN_1, TCP_BOTH_1, TCP_UP_4, TCP_DOWN_4, TCP_BOTH_4 -> tcp(which, on);
      case UDP_UP, UDP_DOWN -> udp(which, on);
      case PING_IDLE -> ping(which, on);
      case PING_LOADED -> loaded(which, on, "-u", "-b", "100M", "-l", "1300", "-R");
      case PING_BULK -> loaded(which, on, "-R");
    }
  }

  private UsageClock clock(Contestant on) {
    return new UsageClock(List.of(on.server()), pinning);
  }

  private void tcp(TunnelCase which, Contestant on) {
    double client = Cpu.seconds(on.client());
    UsageClock clock = clock(on);
    Iperf.Result result = Iperf.run(on.lab().client(0), Lab.SERVICE_IPV4, seconds, which.iperf());
    Usage usage = clock.end();
    double gigabytes = result.bytes() / BYTES_PER_GB;
    add(which, on, "CpuPerGb", "server CPU", "s/GB", usage.server().sum() / gigabytes);
    add(
        which,
        on,
        "ClientCpuPerGb",
        "client CPU",
        "s/GB",
        (Cpu.seconds(on.client()) - client) / gigabytes);
    add(which, on, "Mbits", "throughput", "Mbit/s", result.bitsPerSecond() / 1e6);
    on.figures().add(which.label + buffers.label, usage);
  }

  private void udp(TunnelCase which, Contestant on) {
    boolean up = which == TunnelCase.UDP_UP;
    UsageClock clock = clock(on);
    SmallPackets.Result result =
        SmallPackets.run(
            up ? on.lab().client(0) : on.lab().service(),
            up ? on.lab().service() : on.lab().client(0),
            up ? Lab.SERVICE_IPV4 : on.address(),
            UDP_PORT,
            packetsPerSecond,
            Duration.ofSeconds(seconds));
    Usage usage = clock.end();
    add(
        which,
        on,
        "CpuPerMillion",
        "server CPU per million packets",
        "s",
        usage.server().sum() / (result.arrived() / 1e6));
    add(which, on, "Sent", "offered", "packets/s", result.sent() / result.seconds());
    add(which, on, "Arrived", "arrived", "%", 100.0 * result.arrived() / result.sent());
    on.figures().add(which.label + buffers.label, usage);
  }

  private void loaded(TunnelCase which, Contestant on, String... load) {
    // A second before and after, so that no ping is without it.
    try (LoggedProcess iperf =
        Iperf.start(on.lab().client(0), Lab.SERVICE_IPV4, seconds + 2, load)) {
      Ping.run(on.lab().client(0), Lab.SERVICE_IPV4, 10, Duration.ofMillis(100));
      ping(which, on);
      iperf.awaitExit(Duration.ofSeconds(seconds + 30L));
    }
  }

  private void ping(TunnelCase which, Contestant on) {
    UsageClock clock = clock(on);
    int count = Math.toIntExact(seconds * 1000L / PING_INTERVAL.toMillis());
    Ping.Result result = Ping.run(on.lab().client(0), Lab.SERVICE_IPV4, count, PING_INTERVAL);
    Usage usage = clock.end();
    add(which, on, "P50", "p50", "ms", result.quantile(0.5));
    add(which, on, "P99", "p99", "ms", result.quantile(0.99));
    add(which, on, "P999", "p99.9", "ms", result.quantile(0.999));
    add(which, on, "Lost", "lost", "%", 100.0 * result.lost() / Math.max(1, result.sent()));
    on.figures().add(which.label + buffers.label, usage);
  }

  private void add(
      TunnelCase which, Contestant on, String key, String label, String unit, double value) {
    on.figures()
        .add(
            which.key() + key + buffers.key,
            which.label + buffers.label + ": " + label,
            unit,
            value);
  }
}

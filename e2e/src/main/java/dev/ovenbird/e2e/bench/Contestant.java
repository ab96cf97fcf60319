package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Cpu;
import dev.ovenbird.e2e.service.Iperf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A server under measurement with its own client, and what was measured so far. */
final class Contestant {
  private static final double BYTES_PER_GB = 1e9;
  private static final int PINGS = 40;

  private final String name;
  private final long serverPid;
  private final Namespace client;
  private final Series uploadCpu = new Series();
  private final Series downloadCpu = new Series();
  private final Series uploadMbits = new Series();
  private final Series downloadMbits = new Series();
  private final Series pingMillis = new Series();

  Contestant(String name, long serverPid, Namespace client) {
    this.name = name;
    this.serverPid = serverPid;
    this.client = client;
  }

  String name() {
    return name;
  }

  /** One round: idle pings, then TCP from the client, then TCP to it. */
  void round(int seconds) {
    ping();
    transfer(seconds, uploadCpu, uploadMbits);
    transfer(seconds, downloadCpu, downloadMbits, "-R");
  }

  /** Lets caches fill and code be compiled; nothing is kept. */
  void warmUp(int seconds) {
    Iperf.run(client, Lab.SERVICE_IPV4, seconds);
    Iperf.run(client, Lab.SERVICE_IPV4, seconds, "-R");
  }

  private void transfer(int seconds, Series cpu, Series mbits, String... arguments) {
    double before = Cpu.seconds(serverPid);
    Iperf.Result result = Iperf.run(client, Lab.SERVICE_IPV4, seconds, arguments);
    cpu.add((Cpu.seconds(serverPid) - before) / (result.bytes() / BYTES_PER_GB));
    mbits.add(result.bitsPerSecond() / 1e6);
  }

  private void ping() {
    Ping.Result result = Ping.run(client, Lab.SERVICE_IPV4, PINGS, Duration.ofMillis(50));
    pingMillis.add(result.median());
  }

  /** What is compared; less is better for all but throughput. */
  List<Measure> measures() {
    List<Measure> measures = new ArrayList<>();
    measures.add(
        new Measure("cpuSecondsPerGbUpload", "server CPU, client to server", "s/GB", uploadCpu));
    measures.add(
        new Measure(
            "cpuSecondsPerGbDownload", "server CPU, server to client", "s/GB", downloadCpu));
    measures.add(new Measure("pingMillis", "ping median, idle", "ms", pingMillis));
    measures.add(new Measure("mbitsUpload", "throughput, client to server", "Mbit/s", uploadMbits));
    measures.add(
        new Measure("mbitsDownload", "throughput, server to client", "Mbit/s", downloadMbits));
    return measures;
  }

  /** A named series. */
  record Measure(String key, String label, String unit, Series series) {}
}

package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.process.Cpu;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Measures a stretch of time: what servers used, and how busy which processors were. */
final class UsageClock {
  private final List<Long> servers;
  private final Pinning pinning;
  private final Cpu.Split serverBefore;
  private final double[] busyBefore = Processors.busySeconds();
  private final long begin = System.nanoTime();

  /** Begins now. */
  UsageClock(Collection<Long> servers, Pinning pinning) {
    this.servers = List.copyOf(servers);
    this.pinning = pinning;
    this.serverBefore = used();
  }

  private Cpu.Split used() {
    Cpu.Split[] each = servers.stream().map(Cpu::split).toArray(Cpu.Split[]::new);
    return new Cpu.Split(
        Arrays.stream(each).mapToDouble(Cpu.Split::user).sum(),
        Arrays.stream(each).mapToDouble(Cpu.Split::system).sum());
  }

  /** Ends now. */
  Usage end() {
    double seconds = (System.nanoTime() - begin) / 1e9;
    Cpu.Split server = used().minus(serverBefore);
    double[] busy = Processors.busySeconds();
    return new Usage(
        seconds,
        server,
        pinning.serverProcessors().size(),
        share(busy, pinning.serverProcessors(), seconds),
        share(busy, pinning.restProcessors(), seconds));
  }

  private double share(double[] busy, Set<Integer> processors, double seconds) {
    double sum = 0;
    for (int processor : processors) {
      sum += busy[processor] - busyBefore[processor];
    }
    return sum / (seconds * processors.size());
  }
}

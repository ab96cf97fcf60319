package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.process.Cpu;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Measures phases: time, and the processor time of named processes and of the whole machine. */
final class PhaseClock {
  private final Map<String, Long> processes;
  private final String name;
  private final long startNanos = System.nanoTime();
  private final Map<String, Double> startSeconds = new LinkedHashMap<>();
  private final double startBusy = busySeconds();

  /**
   * Begins a phase.
   *
   * @param processes process ids by name
   */
  PhaseClock(String name, Map<String, Long> processes) {
    this.name = name;
    this.processes = processes;
    processes.forEach((process, pid) -> startSeconds.put(process, Cpu.seconds(pid)));
  }

  double seconds() {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  /** Ends it now. */
  Phase end() {
    return end(seconds());
  }

  /**
   * Ends it; the figure is an earlier moment's, when the last thing happened that was waited for.
   *
   * @param until seconds since the beginning
   */
  Phase end(double until) {
    double elapsed = seconds();
    List<Map.Entry<String, Double>> used = new ArrayList<>();
    processes.forEach(
        (process, pid) ->
            used.add(
                Map.entry(
                    process,
                    (Cpu.seconds(pid) - startSeconds.getOrDefault(process, 0.0)) / elapsed)));
    used.sort(Map.Entry.<String, Double>comparingByValue().reversed());
    Map<String, Double> cores = new LinkedHashMap<>();
    used.forEach(entry -> cores.put(entry.getKey(), entry.getValue()));
    return new Phase(
        name,
        until,
        cores,
        (busySeconds() - startBusy) / elapsed,
        Runtime.getRuntime().availableProcessors());
  }

  /** Time that the machine's processors did anything, all together. */
  private static double busySeconds() {
    return Arrays.stream(Processors.busySeconds()).sum();
  }
}

package dev.ovenbird.e2e.bench;

import java.util.Locale;
import java.util.Map;

/**
 * A stretch of time and who worked in it.
 *
 * @param seconds from begin to end
 * @param cores processor cores in use on average, by process name, the busiest first
 * @param machine cores in use on average by all processes of the machine
 * @param available the machine's cores
 */
record Phase(
    String name, double seconds, Map<String, Double> cores, double machine, int available) {
  /** From this share of all cores on, processors are what the phase waits for. */
  private static final double SATURATED = 0.85;

  double share() {
    return machine / available;
  }

  /** What the phase waited for, as far as processors tell. */
  String bound() {
    StringBuilder parts = new StringBuilder();
    double others = machine;
    for (Map.Entry<String, Double> entry : cores.entrySet()) {
      parts.append(String.format(Locale.ROOT, " %s %.2f,", entry.getKey(), entry.getValue()));
      others -= entry.getValue();
    }
    String verdict = "processors idle in part: latency or pauses";
    if (share() >= SATURATED) {
      verdict =
          others > machine / 2
              ? "no verdict: other programs of this machine hold its processors"
              : "bound by processors";
    }
    return String.format(
        Locale.ROOT,
        "%s (%.0f %% of %d cores in use:%s others %.2f)",
        verdict,
        share() * 100,
        available,
        parts,
        Math.max(0, others));
  }
}

package dev.ovenbird.e2e.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Steps that are printed as they happen, and once more as a table. */
final class Steps {
  private final PrintStream out;
  private final long startNanos = System.nanoTime();
  private final List<Step> done = new ArrayList<>();

  /** What happened: a name, what came of it, how long it took. */
  private record Step(String name, boolean worked, String outcome, double seconds) {}

  Steps(PrintStream out) {
    this.out = out;
  }

  /** Does a step; what the callable returns is its outcome. */
  void step(String name, Callable<String> work) throws StepFailedException {
    out.printf(Locale.ROOT, "[%5.1f s] %s …%n", seconds(startNanos), name);
    long start = System.nanoTime();
    try {
      String outcome = work.call();
      done.add(new Step(name, true, outcome, seconds(start)));
      out.printf(Locale.ROOT, "[%5.1f s]   ok: %s%n", seconds(startNanos), outcome);
    } catch (Exception | AssertionError e) {
      String reason = String.valueOf(e.getMessage());
      done.add(new Step(name, false, reason.lines().findFirst().orElse(""), seconds(start)));
      out.printf(Locale.ROOT, "[%5.1f s]   FAILED: %s%n", seconds(startNanos), reason);
      throw new StepFailedException(name, e);
    }
  }

  private static double seconds(long sinceNanos) {
    return (System.nanoTime() - sinceNanos) / 1e9;
  }

  void printTable() {
    int width = done.stream().mapToInt(step -> step.name().length()).max().orElse(0);
    out.println();
    for (Step step : done) {
      out.printf(
          Locale.ROOT,
          "%-6s  %-" + width + "s  %7.2f s  %s%n",
          step.worked() ? "ok" : "FAILED",
          step.name(),
          step.seconds(),
          step.outcome());
    }
    out.printf(Locale.ROOT, "%nAll in %.1f s.%n", seconds(startNanos));
  }

  /** A step did not work; those after it make no sense. */
  static final class StepFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    StepFailedException(String step, Throwable cause) {
      super(step, cause);
    }
  }
}

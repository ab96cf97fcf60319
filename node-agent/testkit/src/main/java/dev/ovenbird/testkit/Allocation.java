package dev.ovenbird.testkit;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Measures what code allocates once it is compiled. */
public final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Many, since a busy machine may not compile for a minute; the first good one ends it. */
  private static final int ROUNDS = 2000;

  static {
    // C2 inlines into a call that has seen one or two kinds of code, and no deeper than 15 levels:
    // the JDK's slice of the errno segment in each downcall would stay where the loop is the root.
    // After these the call inlines nothing, and what is measured is compiled by itself, as in life.
    repeat(20_000, () -> {});
    repeat(20_000, () -> {});
    repeat(20_000, () -> {});
  }

  private Allocation() {}

  /**
   * Bytes per run, rounded down: the least of several rounds, since on a busy machine the compiler
   * comes late and interpreted code allocates.
   */
  public static long bytesPerRun(int runs, Runnable code) {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS && least > 0; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      repeat(runs, code);
      least = Math.min(least, (THREADS.getCurrentThreadAllocatedBytes() - before) / runs);
    }
    return least;
  }

  private static void repeat(int runs, Runnable code) {
    for (int i = 0; i < runs; i++) {
      code.run();
    }
  }

  /** Bytes that a thread has allocated since it began. */
  public static long bytesOfThread(long id) {
    return THREADS.getThreadAllocatedBytes(id);
  }
}

package dev.ovenbird.linux;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Measures what code allocates once it is compiled. */
public final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Many, since a busy machine may not compile for seconds; the first good one ends it. */
  private static final int ROUNDS = 200;

  private Allocation() {}

  /**
   * Bytes per run, rounded down: the least of several rounds, since on a busy machine the compiler
   * comes late and interpreted code allocates.
   */
  public static long bytesPerRun(int runs, Runnable code) {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS && least > 0; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < runs; i++) {
        code.run();
      }
      least = Math.min(least, (THREADS.getCurrentThreadAllocatedBytes() - before) / runs);
    }
    return least;
  }
}

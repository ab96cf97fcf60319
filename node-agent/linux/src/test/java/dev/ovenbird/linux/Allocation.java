package dev.ovenbird.linux;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Measures what code allocates once it is compiled. */
public final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /** Bytes per run, rounded down, after as many runs to warm up. */
  public static long bytesPerRun(int runs, Runnable code) {
    for (int i = 0; i < runs; i++) {
      code.run();
    }
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < runs; i++) {
      code.run();
    }
    return (THREADS.getCurrentThreadAllocatedBytes() - before) / runs;
  }
}

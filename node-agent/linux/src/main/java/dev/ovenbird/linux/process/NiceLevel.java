package dev.ovenbird.linux.process;

import dev.ovenbird.linux.call.ProcessCalls;

/**
 * The nice level of single threads, which Linux has beside the process's (setpriority(2), "C
 * library/kernel differences"). Java's own thread priorities have no effect on Linux.
 */
public final class NiceLevel {
  private static final int PRIO_PROCESS = 0;

  private NiceLevel() {}

  /**
   * Sets the calling thread's level; threads that it starts inherit it. Only lowering it takes a
   * privilege.
   *
   * @param nice 0 (as others) to 19 (last)
   * @return false if the kernel refuses it
   */
  public static boolean setForCurrentThread(int nice) {
    return ProcessCalls.setpriority(PRIO_PROCESS, ProcessCalls.gettid(), nice) == 0;
  }
}

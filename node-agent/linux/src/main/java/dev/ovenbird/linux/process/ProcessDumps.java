package dev.ovenbird.linux.process;

import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.call.ProcessCalls;

/** Keeps keys out of core files. */
public final class ProcessDumps {
  private static final int PR_GET_DUMPABLE = 3;
  private static final int PR_SET_DUMPABLE = 4;

  private ProcessDumps() {}

  /**
   * From now on the kernel writes no core file of this process and only root may read its memory.
   */
  public static void disable() {
    LinuxException.check("switch off core dumps", ProcessCalls.prctl(PR_SET_DUMPABLE, 0));
  }

  /** Whether the kernel may write a core file. */
  public static boolean enabled() {
    return ProcessCalls.prctl(PR_GET_DUMPABLE, 0) == 1;
  }
}

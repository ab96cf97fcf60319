package dev.ovenbird.linux.process;

import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.call.ProcessCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Keeps keys out of core files. */
public final class ProcessDumps {
  private static final int PR_GET_DUMPABLE = 3;
  private static final int PR_SET_DUMPABLE = 4;
  private static final int RLIMIT_CORE = 4;
  private static final int RLIMIT_BYTES = 16;

  private ProcessDumps() {}

  /**
   * From now on the kernel writes no core file of this process, nor of those that it starts, and
   * only root may read its memory.
   */
  public static void disable() {
    // A core_pattern that pipes into a program minds the first, one that names a file both.
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment none = arena.allocate(RLIMIT_BYTES);
      LinuxException.check("limit core files", ProcessCalls.setrlimit(RLIMIT_CORE, none.address()));
    }
    LinuxException.check("switch off core dumps", ProcessCalls.prctl(PR_SET_DUMPABLE, 0));
  }

  /** Whether the kernel may write a core file. */
  public static boolean enabled() {
    return ProcessCalls.prctl(PR_GET_DUMPABLE, 0) == 1;
  }
}

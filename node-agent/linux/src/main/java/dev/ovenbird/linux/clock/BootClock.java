package dev.ovenbird.linux.clock;

import dev.ovenbird.linux.call.ProcessCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** CLOCK_BOOTTIME: never set back, and goes on while the machine sleeps. */
public final class BootClock {
  private static final int CLOCK_BOOTTIME = 7;

  private static final ThreadLocal<MemorySegment> TIMESPEC =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(16, 8));

  private BootClock() {}

  /** Nanoseconds since the machine started. The same in every process of one boot. */
  public static long bootNanos() {
    MemorySegment timespec = TIMESPEC.get();
    if (ProcessCalls.clockGettime(CLOCK_BOOTTIME, timespec.address()) != 0) {
      throw new IllegalStateException("the kernel has no CLOCK_BOOTTIME: Linux 2.6.39 is needed");
    }
    return timespec.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L
        + timespec.get(ValueLayout.JAVA_LONG, 8);
  }
}

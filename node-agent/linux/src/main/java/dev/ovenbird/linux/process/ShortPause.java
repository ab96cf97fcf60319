package dev.ovenbird.linux.process;

import dev.ovenbird.linux.call.ProcessCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Sleeps of some microseconds. Linux adds up to 50 µs to each of a thread's sleeps, so that timers
 * ring together (prctl(2), PR_SET_TIMERSLACK), unless the thread asks for less. To be used by one
 * thread; a safepoint does not wait for it.
 */
public final class ShortPause {
  private static final int PR_SET_TIMERSLACK = 29;
  private static final long SLACK_NANOS = 5_000;
  private static final int CLOCK_MONOTONIC = 1;

  private final MemorySegment timespec;
  private boolean slackSet;

  /**
   * @param arena for 16 bytes
   */
  public ShortPause(Arena arena) {
    timespec = arena.allocate(16, 8);
  }

  /**
   * Sleeps on the calling thread.
   *
   * @param nanos 0 to 999,999,999
   * @return false if a signal ended it early
   */
  public boolean sleep(long nanos) {
    if (!slackSet) {
      slackSet = true;
      // Where it is refused, pauses are 50 µs longer.
      ProcessCalls.prctl(PR_SET_TIMERSLACK, SLACK_NANOS);
    }
    timespec.set(ValueLayout.JAVA_LONG, 8, nanos);
    return ProcessCalls.clockNanosleep(CLOCK_MONOTONIC, timespec.address()) == 0;
  }
}

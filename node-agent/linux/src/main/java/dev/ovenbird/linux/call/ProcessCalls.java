package dev.ovenbird.linux.call;

import static dev.ovenbird.linux.call.Downcall.INT;
import static dev.ovenbird.linux.call.Downcall.LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Calls about this process and its clocks; results and addresses as in {@link FileCalls}. */
public final class ProcessCalls {
  private static final MethodHandle PRCTL =
      Downcall.linkVariadic("prctl", 1, FunctionDescriptor.of(INT, INT, LONG, LONG, LONG, LONG));
  private static final MethodHandle CLOCK_GETTIME =
      Downcall.linkCritical("clock_gettime", FunctionDescriptor.of(INT, INT, LONG));

  private ProcessCalls() {}

  public static int prctl(int option, long argument) {
    try {
      MemorySegment errno = Downcall.errno();
      int returned = (int) PRCTL.invokeExact(errno, option, argument, 0L, 0L, 0L);
      return Downcall.resultOf(returned, errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  /** Writes a struct timespec of 16 bytes. Returns 0, or -1 for a clock that does not exist. */
  public static int clockGettime(int clock, long timespec) {
    try {
      return (int) CLOCK_GETTIME.invokeExact(clock, timespec);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }
}

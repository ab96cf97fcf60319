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
  private static final MethodHandle SETRLIMIT =
      Downcall.link("setrlimit", FunctionDescriptor.of(INT, INT, LONG));
  private static final MethodHandle GETTID = Downcall.link("gettid", FunctionDescriptor.of(INT));
  private static final MethodHandle SETPRIORITY =
      Downcall.link("setpriority", FunctionDescriptor.of(INT, INT, INT, INT));
  private static final MethodHandle CLOCK_GETTIME =
      Downcall.linkCritical("clock_gettime", FunctionDescriptor.of(INT, INT, LONG));
  private static final MethodHandle CLOCK_NANOSLEEP =
      Downcall.link("clock_nanosleep", FunctionDescriptor.of(INT, INT, INT, LONG, LONG));

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

  /** Sets soft and hard limit from a struct rlimit of 16 bytes. */
  public static int setrlimit(int resource, long rlimit) {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((int) SETRLIMIT.invokeExact(errno, resource, rlimit), errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  /** The kernel's id of the calling thread. */
  public static int gettid() {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((int) GETTID.invokeExact(errno), errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  public static int setpriority(int which, int who, int nice) {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((int) SETPRIORITY.invokeExact(errno, which, who, nice), errno);
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

  /**
   * Sleeps for a struct timespec of 16 bytes, unless a signal comes. Returns 0 or the error number,
   * not negated.
   */
  public static int clockNanosleep(int clock, long timespec) {
    try {
      return (int) CLOCK_NANOSLEEP.invokeExact(Downcall.errno(), clock, 0, timespec, 0L);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }
}

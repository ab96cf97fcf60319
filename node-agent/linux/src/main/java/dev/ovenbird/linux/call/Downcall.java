package dev.ovenbird.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Links libc's functions. Addresses are passed as longs: no segment objects on the packet path. */
final class Downcall {
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final Linker LINKER = Linker.nativeLinker();

  /** One error number per thread. An automatic arena, so that it goes with its thread. */
  private static final ThreadLocal<MemorySegment> ERRNO =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

  private Downcall() {}

  /** A function that may block or fail: leaves errno in the segment that is its first argument. */
  static MethodHandle link(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        address(name), descriptor, Linker.Option.captureCallState("errno"));
  }

  /** As {@link #link}, for a function declared with {@code ...} after {@code fixed} arguments. */
  static MethodHandle linkVariadic(String name, int fixed, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        address(name),
        descriptor,
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(fixed));
  }

  /** A function that returns within nanoseconds: no safepoint while it runs. */
  static MethodHandle linkCritical(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(address(name), descriptor, Linker.Option.critical(false));
  }

  static MemorySegment errno() {
    return ERRNO.get();
  }

  /** The result as the kernel gives it: not negative, or the error number negated. */
  static int resultOf(int returned, MemorySegment errno) {
    return returned >= 0 ? returned : -errno.get(INT, 0);
  }

  static long resultOf(long returned, MemorySegment errno) {
    return returned >= 0 ? returned : -errno.get(INT, 0);
  }

  static AssertionError unexpected(Throwable thrown) {
    return new AssertionError("a downcall threw", thrown);
  }

  private static MemorySegment address(String name) {
    return LINKER
        .defaultLookup()
        .find(name)
        .orElseThrow(() -> new IllegalStateException("libc has no " + name + ": glibc is needed"));
  }
}

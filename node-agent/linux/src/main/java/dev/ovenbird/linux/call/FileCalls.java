package dev.ovenbird.linux.call;

import static dev.ovenbird.linux.call.Downcall.INT;
import static dev.ovenbird.linux.call.Downcall.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Calls on any file descriptor. Each returns what the kernel does: a result that is not negative,
 * or the error number negated. Addresses are of native memory that outlives the call.
 */
public final class FileCalls {
  public static final int O_RDWR = 2;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_CLOEXEC = 0x80000;

  static final int F_GETFD = 1;
  static final int F_SETFD = 2;
  static final int F_GETFL = 3;
  static final int F_SETFL = 4;
  static final int FD_CLOEXEC = 1;

  private static final MethodHandle OPEN =
      Downcall.linkVariadic("open", 2, FunctionDescriptor.of(INT, LONG, INT));
  private static final MethodHandle CLOSE = Downcall.link("close", FunctionDescriptor.of(INT, INT));
  private static final MethodHandle READ =
      Downcall.link("read", FunctionDescriptor.of(LONG, INT, LONG, LONG));
  private static final MethodHandle WRITE =
      Downcall.link("write", FunctionDescriptor.of(LONG, INT, LONG, LONG));
  private static final MethodHandle WRITEV =
      Downcall.link("writev", FunctionDescriptor.of(LONG, INT, LONG, INT));
  private static final MethodHandle IOCTL =
      Downcall.linkVariadic("ioctl", 2, FunctionDescriptor.of(INT, INT, LONG, LONG));
  private static final MethodHandle FCNTL =
      Downcall.linkVariadic("fcntl", 2, FunctionDescriptor.of(INT, INT, INT, LONG));

  private FileCalls() {}

  public static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Downcall.errno();
      int returned = (int) OPEN.invokeExact(errno, arena.allocateFrom(path).address(), flags);
      return Downcall.resultOf(returned, errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  static int close(int fd) {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((int) CLOSE.invokeExact(errno, fd), errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  public static long read(int fd, long address, long length) {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((long) READ.invokeExact(errno, fd, address, length), errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  public static long write(int fd, long address, long length) {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((long) WRITE.invokeExact(errno, fd, address, length), errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  /** Writes {@code count} pieces; {@code vector} is the address of as many struct iovec. */
  public static long writev(int fd, long vector, int count) {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((long) WRITEV.invokeExact(errno, fd, vector, count), errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  /** {@code argument} is a number or an address, as the request has it. */
  public static int ioctl(int fd, long request, long argument) {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((int) IOCTL.invokeExact(errno, fd, request, argument), errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  static int fcntl(int fd, int command, long argument) {
    try {
      MemorySegment errno = Downcall.errno();
      return Downcall.resultOf((int) FCNTL.invokeExact(errno, fd, command, argument), errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }
}

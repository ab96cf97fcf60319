package dev.ovenbird.linux.call;

import static dev.ovenbird.linux.call.Downcall.INT;
import static dev.ovenbird.linux.call.Downcall.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Native memory of zeros that takes up room page by page, where it was written to. An arena writes
 * its zeros itself, so that all of it is taken up at once.
 */
public final class SparseMemory {
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  private static final MethodHandle MMAP =
      Downcall.link("mmap", FunctionDescriptor.of(LONG, LONG, LONG, INT, INT, INT, LONG));
  private static final MethodHandle MUNMAP =
      Downcall.link("munmap", FunctionDescriptor.of(INT, LONG, LONG));

  private SparseMemory() {}

  /**
   * Memory that starts with a page and lives as long as the arena.
   *
   * @throws LinuxException if there is not so much
   */
  public static MemorySegment allocate(Arena arena, long bytes) {
    long address = map(bytes);
    if (address < 0) {
      throw new LinuxException("reserve " + bytes + " bytes of memory", (int) -address);
    }
    return MemorySegment.ofAddress(address).reinterpret(bytes, arena, gone -> unmap(gone, bytes));
  }

  private static long map(long bytes) {
    try {
      MemorySegment errno = Downcall.errno();
      long returned =
          (long) MMAP.invokeExact(errno, 0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
      return Downcall.resultOf(returned, errno);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }

  private static void unmap(MemorySegment memory, long bytes) {
    try {
      MemorySegment errno = Downcall.errno();
      // Fails for nothing that mmap has returned.
      int ignored = (int) MUNMAP.invokeExact(errno, memory.address(), bytes);
    } catch (Throwable thrown) {
      throw Downcall.unexpected(thrown);
    }
  }
}

package dev.ovenbird.linux.tun;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** One packet that lies in pieces of native memory (struct iovec). Allocated once, used again. */
public final class IoVector {
  private static final int IOVEC_BYTES = 16;

  private final MemorySegment vector;
  private final int capacity;
  private int count;

  /**
   * @param capacity pieces that it has room for; the kernel takes at most 1024
   */
  public IoVector(Arena arena, int capacity) {
    if (capacity < 1 || capacity > 1024) {
      throw new IllegalArgumentException("capacity " + capacity);
    }
    this.capacity = capacity;
    this.vector = arena.allocate((long) capacity * IOVEC_BYTES, 8);
  }

  /** Forgets all pieces. */
  public void clear() {
    count = 0;
  }

  public int count() {
    return count;
  }

  /**
   * Adds a piece, which must stay in place until the write.
   *
   * @return false if there is no room for it
   */
  public boolean add(MemorySegment buffer, long offset, int length) {
    Objects.checkFromIndexSize(offset, length, buffer.byteSize());
    if (!buffer.isNative()) {
      throw new IllegalArgumentException("the kernel needs native memory");
    }
    if (count == capacity) {
      return false;
    }
    long at = (long) count * IOVEC_BYTES;
    vector.set(ValueLayout.JAVA_LONG, at, buffer.address() + offset);
    vector.set(ValueLayout.JAVA_LONG, at + 8, length);
    count++;
    return true;
  }

  /** All pieces in one array, as the kernel sees them; for tests and captures. */
  public byte[] toArray() {
    int total = 0;
    for (int i = 0; i < count; i++) {
      total += (int) vector.get(ValueLayout.JAVA_LONG, (long) i * IOVEC_BYTES + 8);
    }
    byte[] bytes = new byte[total];
    int at = 0;
    for (int i = 0; i < count; i++) {
      long from = vector.get(ValueLayout.JAVA_LONG, (long) i * IOVEC_BYTES);
      int length = (int) vector.get(ValueLayout.JAVA_LONG, (long) i * IOVEC_BYTES + 8);
      MemorySegment piece = MemorySegment.ofAddress(from).reinterpret(length);
      MemorySegment.copy(piece, ValueLayout.JAVA_BYTE, 0, bytes, at, length);
      at += length;
    }
    return bytes;
  }

  long address() {
    return vector.address();
  }
}

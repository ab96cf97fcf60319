package dev.ovenbird.linux.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Copies for one call. */
final class Scratch {
  private Scratch() {}

  /** A native copy. */
  static MemorySegment of(Arena arena, byte[] bytes) {
    MemorySegment copy = arena.allocate(bytes.length);
    MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return copy;
  }
}

package dev.ovenbird.linux.netlink;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Looks into the attributes of a message that the kernel sent. */
final class Attributes {
  private static final int TYPE_MASK = 0x3fff;

  private Attributes() {}

  /** The value of the attribute, or null: attributes lie between {@code from} and {@code to}. */
  static @Nullable MemorySegment find(MemorySegment memory, long from, long to, int type) {
    long at = from;
    while (at + 4 <= to) {
      int length = Short.toUnsignedInt(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
      if (length < 4 || at + length > to) {
        return null;
      }
      if ((memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2) & TYPE_MASK) == type) {
        return memory.asSlice(at + 4, length - 4);
      }
      at += (length + 3) & ~3;
    }
    return null;
  }

  /** An attribute of 4 bytes, or {@code otherwise}. */
  static int intOr(MemorySegment memory, long from, long to, int type, int otherwise) {
    MemorySegment value = find(memory, from, to, type);
    return value == null || value.byteSize() < 4
        ? otherwise
        : value.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
  }

  /** A text attribute, or an empty one. */
  static String text(MemorySegment memory, long from, long to, int type) {
    MemorySegment value = find(memory, from, to, type);
    if (value == null) {
      return "";
    }
    byte[] bytes = value.toArray(ValueLayout.JAVA_BYTE);
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}

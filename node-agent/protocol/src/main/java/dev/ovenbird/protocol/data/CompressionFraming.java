package dev.ovenbird.protocol.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The byte that the {@code comp-lzo} and {@code compress} options put to every payload (digest
 * 5.7). It is read and written; nothing is ever compressed or decompressed (VORACLE).
 */
public enum CompressionFraming {
  /** No byte. */
  NONE(0, 0, null),
  /** No byte either, but what begins like one is marked; an IP packet never does. */
  STUB_V2(0, 0, "compress stub-v2"),
  /** A byte in front. */
  LZO(1, 1, "comp-lzo no"),
  /** The first byte goes to the end, and another takes its place. */
  STUB(1, 0, "compress stub");

  /** What {@link #unframe} says of a payload that is compressed, or in another framing. */
  public static final int COMPRESSED = -1;

  private static final int LZO_PLAIN = 0xFA;
  private static final int STUB_PLAIN = 0xFB;
  private static final int V2_MARK = 0x50;
  private static final int V2_LZ4 = 1;

  private final int bytes;
  private final int skip;
  private final @Nullable String option;

  CompressionFraming(int bytes, int skip, @Nullable String option) {
    this.bytes = bytes;
    this.skip = skip;
    this.option = option;
  }

  /** Bytes that a framed payload is longer. */
  public int bytes() {
    return bytes;
  }

  /** Where an unframed payload begins. */
  public int skip() {
    return skip;
  }

  /** The option that a server pushes to have it; null = none. */
  public @Nullable String option() {
    return option;
  }

  /**
   * What an option of a profile or of PUSH_REPLY stands for; null if it is about something else.
   * Those that would compress have the framing of those that don't.
   */
  public static @Nullable CompressionFraming of(String option) {
    return switch (option) {
      case "compress stub-v2", "compress lz4-v2" -> STUB_V2;
      case "compress", "compress stub", "compress lz4" -> STUB;
      case "compress migrate" -> NONE;
      case "comp-lzo", "comp-lzo no", "comp-lzo yes", "comp-lzo adaptive", "compress lzo" -> LZO;
      default -> null;
    };
  }

  /**
   * Takes a decrypted payload out of its framing, in place.
   *
   * @return its length; it then lies {@link #skip} bytes behind {@code at}. Or {@link #COMPRESSED}
   */
  public int unframe(MemorySegment packet, long at, int length) {
    if (length < 1) {
      return length;
    }
    int first = packet.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    switch (this) {
      case LZO -> {
        return first == LZO_PLAIN ? length - 1 : COMPRESSED;
      }
      case STUB -> {
        if (first != STUB_PLAIN) {
          return COMPRESSED;
        }
        packet.set(ValueLayout.JAVA_BYTE, at, packet.get(ValueLayout.JAVA_BYTE, at + length - 1));
        return length - 1;
      }
      default -> {
        boolean framed = first == LZO_PLAIN || first == STUB_PLAIN;
        boolean lz4 =
            first == V2_MARK && length > 1 && packet.get(ValueLayout.JAVA_BYTE, at + 1) == V2_LZ4;
        return framed || lz4 ? COMPRESSED : length;
      }
    }
  }

  /**
   * Writes a payload in its framing, {@link #bytes} longer.
   *
   * @param length at least 1
   */
  void frame(MemorySegment plain, long plainOffset, int length, MemorySegment out) {
    switch (this) {
      case LZO -> {
        out.set(ValueLayout.JAVA_BYTE, 0, (byte) LZO_PLAIN);
        MemorySegment.copy(plain, plainOffset, out, 1, length);
      }
      case STUB -> {
        out.set(ValueLayout.JAVA_BYTE, 0, (byte) STUB_PLAIN);
        MemorySegment.copy(plain, plainOffset + 1, out, 1, length - 1);
        out.set(ValueLayout.JAVA_BYTE, length, plain.get(ValueLayout.JAVA_BYTE, plainOffset));
      }
      default -> MemorySegment.copy(plain, plainOffset, out, 0, length);
    }
  }
}

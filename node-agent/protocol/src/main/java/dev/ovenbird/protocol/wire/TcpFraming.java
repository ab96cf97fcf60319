package dev.ovenbird.protocol.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Packets in a TCP stream: each has its length before it, 16 bits big-endian, not counting itself.
 * Digest 1.1. Stateless and without allocation: the caller keeps the stream's bytes.
 *
 * @param maxPacketBytes longest packet accepted
 */
public record TcpFraming(int maxPacketBytes) {
  public static final int HEADER_BYTES = 2;

  /** Longest packet that the header can express. */
  public static final int MAX_LENGTH = 0xffff;

  /** More bytes are needed. */
  public static final int INCOMPLETE = -1;

  /** A length of zero or beyond the maximum: the connection can only be closed. */
  public static final int MALFORMED = -2;

  public TcpFraming {
    if (maxPacketBytes < 1 || maxPacketBytes > MAX_LENGTH) {
      throw new IllegalArgumentException("maximum packet length " + maxPacketBytes);
    }
  }

  /**
   * Looks at the first frame among {@code available} bytes at {@code offset}.
   *
   * @return length of its packet, which begins {@link #HEADER_BYTES} after {@code offset} and lies
   *     there whole; else {@link #INCOMPLETE} or {@link #MALFORMED}
   */
  public int next(MemorySegment bytes, long offset, long available) {
    if (available < HEADER_BYTES) {
      return INCOMPLETE;
    }
    int length =
        (Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, offset)) << 8)
            | Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, offset + 1));
    if (length == 0 || length > maxPacketBytes) {
      return MALFORMED;
    }
    return available - HEADER_BYTES < length ? INCOMPLETE : length;
  }

  /** Writes the header of a packet of {@code length} bytes. */
  public static void writeHeader(MemorySegment out, long offset, int length) {
    if (length < 1 || length > MAX_LENGTH) {
      throw new IllegalArgumentException("packet length " + length);
    }
    out.set(ValueLayout.JAVA_BYTE, offset, (byte) (length >>> 8));
    out.set(ValueLayout.JAVA_BYTE, offset + 1, (byte) length);
  }
}

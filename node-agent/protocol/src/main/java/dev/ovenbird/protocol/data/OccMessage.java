package dev.ovenbird.protocol.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Data channel messages of the old options check; only EXIT matters (digest 5.7). */
public final class OccMessage {
  /** The peer leaves: its session ends at once. */
  public static final int EXIT = 6;

  public static final int EXIT_BYTES = 17;

  private static final int MAGIC_BYTES = 16;
  private static final long HIGH = 0x287f346bd4ef7a81L;
  private static final long LOW = 0x2d56b8d3afc5459cL;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final MemorySegment EXIT_PAYLOAD =
      MemorySegment.ofArray(
              ByteBuffer.allocate(EXIT_BYTES).putLong(HIGH).putLong(LOW).put((byte) EXIT).array())
          .asReadOnly();

  private OccMessage() {}

  /** Whether a decrypted payload is such a message with an operation in it. */
  public static boolean isOcc(MemorySegment packet, long offset, int length) {
    return length > MAGIC_BYTES
        && packet.get(LONG, offset) == HIGH
        && packet.get(LONG, offset + 8) == LOW;
  }

  /** The operation of a payload that {@link #isOcc}. */
  public static int op(MemorySegment packet, long offset) {
    return packet.get(ValueLayout.JAVA_BYTE, offset + MAGIC_BYTES) & 0xFF;
  }

  /** The payload by which a side says that it leaves, read-only. */
  public static MemorySegment exitPayload() {
    return EXIT_PAYLOAD;
  }
}

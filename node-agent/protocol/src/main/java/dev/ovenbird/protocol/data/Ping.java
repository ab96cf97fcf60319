package dev.ovenbird.protocol.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The payload that says "still here" and nothing else (digest 5.7). Never answered. */
public final class Ping {
  public static final int BYTES = 16;

  private static final long HIGH = 0x2a187bf3641eb4cbL;
  private static final long LOW = 0x07ed2d0a981fc748L;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final MemorySegment PAYLOAD =
      MemorySegment.ofArray(ByteBuffer.allocate(BYTES).putLong(HIGH).putLong(LOW).array())
          .asReadOnly();

  private Ping() {}

  /** The payload, read-only. */
  public static MemorySegment payload() {
    return PAYLOAD;
  }

  /** Whether a decrypted payload is a ping: exactly the 16 bytes. */
  public static boolean isPing(MemorySegment packet, long offset, int length) {
    return length == BYTES
        && packet.get(LONG, offset) == HIGH
        && packet.get(LONG, offset + 8) == LOW;
  }
}

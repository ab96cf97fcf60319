package dev.ovenbird.protocol.data;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/** The payload that says "still here" and nothing else (digest 5.7). Never answered. */
public final class Ping {
  public static final int BYTES = 16;

  private static final byte[] MAGIC = HexFormat.of().parseHex("2a187bf3641eb4cb07ed2d0a981fc748");
  private static final MemorySegment SEGMENT = MemorySegment.ofArray(MAGIC).asReadOnly();

  private Ping() {}

  /** The payload, read-only. */
  public static MemorySegment payload() {
    return SEGMENT;
  }

  /** Whether a decrypted payload is a ping: exactly the 16 bytes. */
  public static boolean isPing(MemorySegment packet, long offset, int length) {
    return length == BYTES
        && MemorySegment.mismatch(packet, offset, offset + BYTES, SEGMENT, 0, BYTES) == -1;
  }
}

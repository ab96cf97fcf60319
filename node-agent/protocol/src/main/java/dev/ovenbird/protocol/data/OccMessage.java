package dev.ovenbird.protocol.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/** Data channel messages of the old options check; only EXIT matters (digest 5.7). */
public final class OccMessage {
  /** The peer leaves: its session ends at once. */
  public static final int EXIT = 6;

  public static final int EXIT_BYTES = 17;

  private static final byte[] MAGIC = HexFormat.of().parseHex("287f346bd4ef7a812d56b8d3afc5459c");
  private static final MemorySegment MAGIC_SEGMENT = MemorySegment.ofArray(MAGIC).asReadOnly();
  private static final MemorySegment EXIT_SEGMENT = exit();

  private OccMessage() {}

  /** Whether a decrypted payload is such a message with an operation in it. */
  public static boolean isOcc(MemorySegment packet, long offset, int length) {
    return length > MAGIC.length
        && MemorySegment.mismatch(
                packet, offset, offset + MAGIC.length, MAGIC_SEGMENT, 0, MAGIC.length)
            == -1;
  }

  /** The operation of a payload that {@link #isOcc}. */
  public static int op(MemorySegment packet, long offset) {
    return packet.get(ValueLayout.JAVA_BYTE, offset + MAGIC.length) & 0xFF;
  }

  /** The payload by which a side says that it leaves, read-only. */
  public static MemorySegment exitPayload() {
    return EXIT_SEGMENT;
  }

  private static MemorySegment exit() {
    byte[] bytes = new byte[EXIT_BYTES];
    System.arraycopy(MAGIC, 0, bytes, 0, MAGIC.length);
    bytes[MAGIC.length] = EXIT;
    return MemorySegment.ofArray(bytes).asReadOnly();
  }
}

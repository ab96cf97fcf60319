package dev.ovenbird.protocol.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The first 1 or 4 bytes of a data packet: opcode, key id, and with DATA_V2 the peer id. */
final class DataHeader {
  private static final int OPCODE_DATA_V1 = 6;
  private static final int OPCODE_DATA_V2 = 9;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private DataHeader() {}

  static int bytes(boolean v2) {
    return v2 ? 4 : 1;
  }

  static boolean isV2(MemorySegment packet, long offset) {
    return (packet.get(ValueLayout.JAVA_BYTE, offset) & 0xFF) >>> 3 == OPCODE_DATA_V2;
  }

  /** Writes the header, DATA_V1 if {@code peerId} is negative. */
  static void write(MemorySegment out, long offset, int keyId, int peerId) {
    if (peerId >= 0) {
      out.set(INT, offset, (OPCODE_DATA_V2 << 3 | keyId) << 24 | (peerId & 0xFFFFFF));
    } else {
      out.set(ValueLayout.JAVA_BYTE, offset, (byte) (OPCODE_DATA_V1 << 3 | keyId));
    }
  }
}

package dev.ovenbird.server.link;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Cuts a TCP stream into packets: a 16-bit big-endian length, then that many bytes (digest 1.1).
 * Holds at most one unfinished packet.
 */
final class LengthFraming {
  private final int most;
  private byte[] partial = new byte[0];
  private int held;

  LengthFraming(int most) {
    this.most = most;
  }

  /**
   * Takes the next packet from the stream.
   *
   * @param packet receives it from offset 0
   * @return its length; 0 if more bytes are needed (the rest of {@code bytes} is kept); -1 if the
   *     stream is no such stream
   */
  int next(ByteBuf bytes, MemorySegment packet) {
    if (held == 0 && bytes.readableBytes() >= 2) {
      int length = bytes.getUnsignedShort(bytes.readerIndex());
      if (length == 0 || length > most) {
        return -1;
      }
      if (bytes.readableBytes() >= 2 + length) {
        bytes.skipBytes(2);
        bytes.readBytes(packet.asSlice(0, length).asByteBuffer());
        return length;
      }
    }
    return resume(bytes, packet);
  }

  private int resume(ByteBuf bytes, MemorySegment packet) {
    if (!bytes.isReadable()) {
      return 0;
    }
    if (partial.length == 0) {
      partial = new byte[2 + most];
    }
    take(bytes, 2);
    if (held < 2) {
      return 0;
    }
    int length = (partial[0] & 255) << 8 | (partial[1] & 255);
    if (length == 0 || length > most) {
      return -1;
    }
    take(bytes, 2 + length);
    if (held < 2 + length) {
      return 0;
    }
    held = 0;
    MemorySegment.copy(partial, 2, packet, ValueLayout.JAVA_BYTE, 0, length);
    return length;
  }

  private void take(ByteBuf bytes, int until) {
    int count = Math.min(until - held, bytes.readableBytes());
    if (count > 0) {
      bytes.readBytes(partial, held, count);
      held += count;
    }
  }
}

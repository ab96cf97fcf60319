package dev.ovenbird.protocol.wrap;

import dev.ovenbird.protocol.wire.SessionId;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Control packets in the clear (digest 1.3): TLS alone protects what is said. */
public final class Unprotected implements ControlWrap {
  @Override
  public byte[] wrap(int firstByte, SessionId sender, ReplayId id, byte[] body) {
    return ByteBuffer.allocate(PLAIN_HEADER_BYTES + body.length)
        .put((byte) firstByte)
        .putLong(sender.value())
        .put(body)
        .array();
  }

  @Override
  public @Nullable Unwrapped unwrap(byte[] packet, int length) {
    if (length > packet.length || length < PLAIN_HEADER_BYTES) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(packet, 0, length);
    int firstByte = Byte.toUnsignedInt(in.get());
    SessionId sender = new SessionId(in.getLong());
    byte[] body = Arrays.copyOfRange(packet, PLAIN_HEADER_BYTES, length);
    return new Unwrapped(firstByte, sender, ReplayId.NONE, body);
  }

  @Override
  public int overhead() {
    return 0;
  }

  @Override
  public boolean hasReplayIds() {
    return false;
  }
}

package dev.ovenbird.protocol.wrap;

import static dev.ovenbird.protocol.wrap.SyntheticIvCipher.KEY_BYTES;
import static dev.ovenbird.protocol.wrap.SyntheticIvCipher.TAG_BYTES;

import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Control packets encrypted and authenticated with a shared key: tls-crypt, and tls-crypt-v2 with a
 * client's own key. Digest 2.4.
 */
public final class TlsCrypt implements ControlWrap {
  private static final int CLEAR_BYTES = PLAIN_HEADER_BYTES + ReplayId.BYTES;
  private static final int HEADER_BYTES = CLEAR_BYTES + TAG_BYTES;

  private final SyntheticIvCipher server = new SyntheticIvCipher();
  private final SyntheticIvCipher client = new SyntheticIvCipher();
  private final SyntheticIvCipher sending;
  private final SyntheticIvCipher receiving;

  /**
   * @param role whose packets {@link #wrap} makes; the key may be wiped after
   */
  public TlsCrypt(StaticKey key, Role role) {
    this(role);
    use(key);
  }

  /** Without a key until {@link #use}. */
  public TlsCrypt(Role role) {
    sending = role == Role.SERVER ? server : client;
    receiving = role == Role.SERVER ? client : server;
  }

  /** Has this key from now on, in place of the one before; it may be wiped after. */
  public void use(StaticKey key) {
    server.use(key.k0c(KEY_BYTES), key.k0h(KEY_BYTES));
    client.use(key.k1c(KEY_BYTES), key.k1h(KEY_BYTES));
  }

  @Override
  public byte[] wrap(int firstByte, SessionId sender, ReplayId id, byte[] body) {
    byte[] packet = new byte[HEADER_BYTES + body.length];
    ByteBuffer.wrap(packet)
        .put((byte) firstByte)
        .putLong(sender.value())
        .putInt(id.counter())
        .putInt(id.time());
    sending.seal(packet, CLEAR_BYTES, body, packet, CLEAR_BYTES);
    return packet;
  }

  @Override
  public @Nullable Unwrapped unwrap(byte[] packet, int length) {
    if (length > packet.length || length < HEADER_BYTES) {
      return null;
    }
    byte[] body = receiving.open(packet, CLEAR_BYTES, packet, CLEAR_BYTES, length - HEADER_BYTES);
    if (body == null) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(packet);
    int firstByte = Byte.toUnsignedInt(in.get());
    SessionId sender = new SessionId(in.getLong());
    return new Unwrapped(firstByte, sender, new ReplayId(in.getInt(), in.getInt()), body);
  }

  @Override
  public void rest() {
    server.rest();
    client.rest();
  }

  @Override
  public int overhead() {
    return HEADER_BYTES - PLAIN_HEADER_BYTES;
  }
}

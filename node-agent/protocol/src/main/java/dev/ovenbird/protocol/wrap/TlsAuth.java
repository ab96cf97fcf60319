package dev.ovenbird.protocol.wrap;

import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Control packets in the clear with an HMAC: tls-auth. Digest 2.3. */
public final class TlsAuth implements ControlWrap {
  /** HMAC digests by their names in {@code --auth}. */
  public enum Digest {
    SHA1("HmacSHA1", 20),
    SHA256("HmacSHA256", 32),
    SHA384("HmacSHA384", 48),
    SHA512("HmacSHA512", 64);

    private final String algorithm;
    private final int bytes;

    Digest(String algorithm, int bytes) {
      this.algorithm = algorithm;
      this.bytes = bytes;
    }

    public int bytes() {
      return bytes;
    }
  }

  private final int tagBytes;
  private final int headerBytes;
  private final Mac sending;
  private final Mac receiving;

  private TlsAuth(Digest digest, byte[] sendKey, byte[] receiveKey) {
    tagBytes = digest.bytes;
    headerBytes = PLAIN_HEADER_BYTES + tagBytes + ReplayId.BYTES;
    sending = mac(digest, sendKey);
    receiving = mac(digest, receiveKey);
  }

  /** With key direction: 0 for the server, 1 for the client. */
  public TlsAuth(StaticKey key, Role role, Digest digest) {
    this(
        digest,
        role == Role.SERVER ? key.k0h(digest.bytes) : key.k1h(digest.bytes),
        role == Role.SERVER ? key.k1h(digest.bytes) : key.k0h(digest.bytes));
  }

  /** Without key direction: both sides use one key. */
  public static TlsAuth withoutDirection(StaticKey key, Digest digest) {
    return new TlsAuth(digest, key.k0h(digest.bytes), key.k0h(digest.bytes));
  }

  @Override
  public byte[] wrap(int firstByte, SessionId sender, ReplayId id, byte[] body) {
    byte[] packet = new byte[headerBytes + body.length];
    ByteBuffer out = ByteBuffer.wrap(packet).put((byte) firstByte).putLong(sender.value());
    out.position(PLAIN_HEADER_BYTES + tagBytes);
    out.putInt(id.counter()).putInt(id.time()).put(body);
    byte[] tag = tag(sending, packet, packet.length);
    System.arraycopy(tag, 0, packet, PLAIN_HEADER_BYTES, tagBytes);
    return packet;
  }

  @Override
  public @Nullable Unwrapped unwrap(byte[] packet, int length) {
    if (length > packet.length || length < headerBytes) {
      return null;
    }
    byte[] claimed = Arrays.copyOfRange(packet, PLAIN_HEADER_BYTES, PLAIN_HEADER_BYTES + tagBytes);
    if (!MessageDigest.isEqual(tag(receiving, packet, length), claimed)) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(packet);
    int firstByte = Byte.toUnsignedInt(in.get());
    SessionId sender = new SessionId(in.getLong());
    in.position(PLAIN_HEADER_BYTES + tagBytes);
    ReplayId id = new ReplayId(in.getInt(), in.getInt());
    return new Unwrapped(firstByte, sender, id, Arrays.copyOfRange(packet, headerBytes, length));
  }

  @Override
  public int overhead() {
    return headerBytes - PLAIN_HEADER_BYTES;
  }

  // HMAC input: replay id, first byte, session id, body.
  private byte[] tag(Mac mac, byte[] packet, int length) {
    mac.update(packet, PLAIN_HEADER_BYTES + tagBytes, ReplayId.BYTES);
    mac.update(packet, 0, PLAIN_HEADER_BYTES);
    mac.update(packet, headerBytes, length - headerBytes);
    return mac.doFinal();
  }

  private static Mac mac(Digest digest, byte[] key) {
    try {
      Mac mac = Mac.getInstance(digest.algorithm);
      mac.init(new SecretKeySpec(key, digest.algorithm));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + digest.algorithm, e);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }
}

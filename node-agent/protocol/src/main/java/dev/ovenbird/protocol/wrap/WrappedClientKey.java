package dev.ovenbird.protocol.wrap;

import static dev.ovenbird.protocol.wrap.SyntheticIvCipher.TAG_BYTES;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * WKc: a client's own key and metadata, readable only with the server key; the client appends it to
 * its first packets. Digest 2.5: tag (32), encrypted key (256) and metadata, length of all (2).
 */
public final class WrappedClientKey {
  public static final int MAX_BYTES = 1024;

  static final int LENGTH_BYTES = 2;

  /** Without metadata. */
  public static final int MIN_BYTES = TAG_BYTES + StaticKey.BYTES + LENGTH_BYTES;

  /** Metadata including its type byte. */
  public static final int MAX_METADATA_BYTES = MAX_BYTES - MIN_BYTES;

  private WrappedClientKey() {}

  /**
   * What a wrapped client key holds.
   *
   * @param metadata as written into it, with its type byte; may be empty
   * @param wkcLength bytes of the wrapped key at the end of the packet
   */
  public record Opened(StaticKey clientKey, byte[] metadata, int wkcLength) {}

  /** Wraps a client's key. */
  public static byte[] wrap(TlsCryptV2ServerKey serverKey, StaticKey clientKey, byte[] metadata) {
    if (metadata.length > MAX_METADATA_BYTES) {
      throw new IllegalArgumentException(
          "metadata has " + metadata.length + " bytes, at most " + MAX_METADATA_BYTES);
    }
    int length = MIN_BYTES + metadata.length;
    byte[] lengthField = {(byte) (length >>> 8), (byte) length};
    byte[] key = clientKey.toBytes();
    byte[] plain = Arrays.copyOf(key, StaticKey.BYTES + metadata.length);
    System.arraycopy(metadata, 0, plain, StaticKey.BYTES, metadata.length);
    byte[] wkc = new byte[length];
    serverKey.cipher().seal(lengthField, LENGTH_BYTES, plain, wkc, 0);
    System.arraycopy(lengthField, 0, wkc, length - LENGTH_BYTES, LENGTH_BYTES);
    Arrays.fill(key, (byte) 0);
    Arrays.fill(plain, (byte) 0);
    return wkc;
  }

  /**
   * Length that the end of a packet states for its wrapped client key; the key is not verified.
   *
   * @return -1 if it cannot be: outside the limits, or so long that it would reach the first byte
   */
  public static int lengthAtEnd(byte[] packet, int length) {
    if (length > packet.length || length < 1 + MIN_BYTES) {
      return -1;
    }
    int stated = ((packet[length - 2] & 0xff) << 8) | (packet[length - 1] & 0xff);
    // CVE-2026-35058: a wrapped key that reaches the first byte.
    return stated < MIN_BYTES || stated > MAX_BYTES || stated > length - 1 ? -1 : stated;
  }

  /**
   * Opens the wrapped client key at the end of one packet; {@link ClientKeyOpener} opens many.
   *
   * @param keys tried in order
   * @return null if its length is out of bounds or no key opens it
   */
  public static @Nullable Opened open(List<TlsCryptV2ServerKey> keys, byte[] packet, int length) {
    return new ClientKeyOpener(keys).open(packet, length);
  }
}

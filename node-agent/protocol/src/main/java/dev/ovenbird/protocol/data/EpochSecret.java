package dev.ovenbird.protocol.data;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;

/**
 * One direction's chain of epoch secrets, of which it holds one (digest 5.5): each gives the data
 * key of its epoch, and the secret of the next. There is no way back.
 */
final class EpochSecret {
  static final int BYTES = 32;

  private static final int IV_BYTES = 12;
  private static final String HMAC = "HmacSHA256";

  private final byte[] secret;
  private int epoch = 1;

  /** The secret of epoch 1; copied, the caller wipes its own. */
  EpochSecret(byte[] first) {
    if (first.length != BYTES) {
      throw new IllegalArgumentException("an epoch secret has 32 bytes, not " + first.length);
    }
    secret = first.clone();
  }

  /** Whose secret it is; from 1. */
  int epoch() {
    return epoch;
  }

  /** Goes on to the next epoch. */
  void advance() {
    byte[] next = expandLabel(secret, "datakey upd", BYTES);
    System.arraycopy(next, 0, secret, 0, BYTES);
    Arrays.fill(next, (byte) 0);
    epoch++;
  }

  /** Goes on to a later epoch; does nothing if it is there. */
  void advanceTo(int later) {
    while (epoch < later) {
      advance();
    }
  }

  /** The data key of this epoch. */
  EpochAead aead(AeadProvider provider, DataCipher cipher, boolean forSealing) {
    byte[] key = expandLabel(secret, "data_key", cipher.keyBytes());
    byte[] iv = expandLabel(secret, "data_iv", IV_BYTES);
    ByteBuffer view = ByteBuffer.wrap(iv);
    EpochAead aead =
        new EpochAead(
            epoch, provider.create(cipher, key, forSealing), view.getInt(0), view.getLong(4));
    Arrays.fill(key, (byte) 0);
    Arrays.fill(iv, (byte) 0);
    return aead;
  }

  void wipe() {
    Arrays.fill(secret, (byte) 0);
  }

  /** HKDF-Expand of RFC 5869 by SHA-256, for outputs of one block: {@code length} ≤ 32. */
  static byte[] expandLabel(byte[] secret, String label, int length) {
    byte[] full = ("ovpn " + label).getBytes(US_ASCII);
    ByteBuffer info = ByteBuffer.allocate(2 + 1 + full.length + 1 + 1);
    info.putShort((short) length).put((byte) full.length).put(full).put((byte) 0).put((byte) 1);
    WipedKey key = new WipedKey(HMAC, secret.clone());
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(key);
      byte[] block = mac.doFinal(info.array());
      byte[] output = Arrays.copyOf(block, length);
      Arrays.fill(block, (byte) 0);
      return output;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks " + HMAC, e);
    } finally {
      key.destroy();
    }
  }
}

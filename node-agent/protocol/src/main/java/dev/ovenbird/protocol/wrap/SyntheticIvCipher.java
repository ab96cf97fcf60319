package dev.ovenbird.protocol.wrap;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The construction under tls-crypt and wrapped client keys (digest 2.4, 2.5): tag = HMAC-SHA256
 * over additional data and plaintext, then AES-256-CTR with the tag's first half as IV. One key at
 * a time.
 */
final class SyntheticIvCipher {
  static final int TAG_BYTES = 32;
  static final int KEY_BYTES = 32;

  private static final int IV_BYTES = 16;

  private record Algorithms(Cipher cipher, Mac mac) {}

  private @Nullable SecretKeySpec cipherKey;
  private @Nullable SecretKeySpec macKey;

  /** With the keys; looked up at their first use. */
  private @Nullable Algorithms algorithms;

  /** Without a key yet. */
  SyntheticIvCipher() {}

  /** The arrays are wiped. */
  SyntheticIvCipher(byte[] cipherKey, byte[] macKey) {
    this();
    use(cipherKey, macKey);
  }

  /** Has this key from now on; the arrays are wiped. */
  void use(byte[] cipherKey, byte[] macKey) {
    this.cipherKey = new SecretKeySpec(cipherKey, "AES");
    this.macKey = new SecretKeySpec(macKey, "HmacSHA256");
    Arrays.fill(cipherKey, (byte) 0);
    Arrays.fill(macKey, (byte) 0);
    if (algorithms != null) {
      initialize(algorithms.mac);
    }
  }

  /** Lets go of the JDK's objects, 1.7 KB; to look them up takes longer than to open a packet. */
  void rest() {
    algorithms = null;
  }

  private Algorithms algorithms() {
    Algorithms found = algorithms;
    if (found == null) {
      try {
        found =
            new Algorithms(Cipher.getInstance("AES/CTR/NoPadding"), Mac.getInstance("HmacSHA256"));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every JDK has AES/CTR and HmacSHA256", e);
      }
      initialize(found.mac);
      algorithms = found;
    }
    return found;
  }

  private void initialize(Mac mac) {
    try {
      mac.init(macKey);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HmacSHA256 takes any key", e);
    }
  }

  /**
   * Encrypts {@code plain} into {@code out} at {@code offset}: tag, then ciphertext.
   *
   * @param aadLength bytes of {@code aad}, from its begin, that the tag covers too
   */
  void seal(byte[] aad, int aadLength, byte[] plain, byte[] out, int offset) {
    Mac mac = algorithms().mac;
    mac.update(aad, 0, aadLength);
    byte[] tag = mac.doFinal(plain);
    System.arraycopy(tag, 0, out, offset, TAG_BYTES);
    crypt(Cipher.ENCRYPT_MODE, tag, 0, plain, 0, plain.length, out, offset + TAG_BYTES);
  }

  /** Decrypts without verifying; {@link #verifies} must follow. */
  byte[] decrypt(byte[] packet, int tagOffset, int textOffset, int length) {
    byte[] plain = new byte[length];
    crypt(Cipher.DECRYPT_MODE, packet, tagOffset, packet, textOffset, length, plain, 0);
    return plain;
  }

  boolean verifies(byte[] aad, int aadLength, byte[] plain, byte[] packet, int tagOffset) {
    Mac mac = algorithms().mac;
    mac.update(aad, 0, aadLength);
    byte[] expected = mac.doFinal(plain);
    return MessageDigest.isEqual(
        expected, Arrays.copyOfRange(packet, tagOffset, tagOffset + TAG_BYTES));
  }

  /**
   * Opens what {@link #seal} made; bounds are the caller's.
   *
   * @return null if it does not verify
   */
  byte @Nullable [] open(byte[] aad, int aadLength, byte[] packet, int tagOffset, int length) {
    byte[] plain = decrypt(packet, tagOffset, tagOffset + TAG_BYTES, length);
    if (verifies(aad, aadLength, plain, packet, tagOffset)) {
      return plain;
    }
    Arrays.fill(plain, (byte) 0);
    return null;
  }

  private void crypt(
      int mode, byte[] iv, int ivOffset, byte[] in, int from, int length, byte[] out, int to) {
    Cipher cipher = algorithms().cipher;
    try {
      cipher.init(mode, cipherKey, new IvParameterSpec(iv, ivOffset, IV_BYTES));
      cipher.doFinal(in, from, length, out, to);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("CTR works on any bytes", e);
    }
  }
}

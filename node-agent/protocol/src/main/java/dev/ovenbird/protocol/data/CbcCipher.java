package dev.ovenbird.protocol.data;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * AES-CBC, then HMAC over IV and text, with the keys of one direction: {@code HMAC | IV | text}.
 * What does not authenticate is never decrypted, so that no answer depends on its padding. Arrays
 * are kept and handed out: their content lasts until the next call.
 */
final class CbcCipher implements AutoCloseable {
  static final int BLOCK = 16;
  static final int TYPICAL_BYTES = 2048;

  private final Cipher cbc;
  private final Mac hmac;
  private final int macBytes;
  private final WipedKey key;
  private final WipedKey macKey;
  private final byte[] code;
  private byte[] output = new byte[TYPICAL_BYTES];
  private int length;
  private @Nullable Cipher ivs;
  private @Nullable WipedKey ivKey;

  /** Takes both keys over. */
  CbcCipher(DataAuth auth, byte[] key, byte[] macKey) {
    this.key = new WipedKey("AES", key);
    this.macKey = new WipedKey(auth.hmac(), macKey);
    this.macBytes = auth.bytes();
    this.code = new byte[macBytes];
    try {
      cbc = Cipher.getInstance("AES/CBC/PKCS5Padding");
      hmac = Mac.getInstance(auth.hmac());
      hmac.init(this.macKey);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks AES-CBC with " + auth.hmac(), e);
    }
  }

  /**
   * For sealing: the IV of a packet is its id, encrypted by a key that nothing else uses, and so
   * not to be foreseen (NIST SP 800-38A, appendix C). Takes the key over.
   */
  void makeIvsBy(byte[] key) {
    try {
      WipedKey made = new WipedKey("AES", key);
      Cipher ecb = Cipher.getInstance("AES/ECB/NoPadding");
      ecb.init(Cipher.ENCRYPT_MODE, made);
      ivKey = made;
      ivs = ecb;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks AES", e);
    }
  }

  /** Bytes of the array that the last call returned. */
  int length() {
    return length;
  }

  /** Encrypts the first bytes of an array; ids may not come twice. */
  byte[] seal(long id, byte[] plain, int plainLength) {
    Cipher ecb = ivs;
    if (ecb == null) {
      throw new IllegalStateException("this cipher is for the other direction");
    }
    reserve(macBytes + BLOCK + plainLength + BLOCK);
    try {
      byte[] counter = new byte[BLOCK];
      for (int i = 0; i < Long.BYTES; i++) {
        counter[BLOCK - 1 - i] = (byte) (id >>> (Byte.SIZE * i));
      }
      ecb.doFinal(counter, 0, BLOCK, output, macBytes);
      cbc.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(output, macBytes, BLOCK));
      int text = cbc.doFinal(plain, 0, plainLength, output, macBytes + BLOCK);
      hmac.update(output, macBytes, BLOCK + text);
      hmac.doFinal(output, 0);
      length = macBytes + BLOCK + text;
      return output;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot seal", e);
    }
  }

  /**
   * Checks and decrypts the first bytes of an array.
   *
   * @param sealedLength of a whole number of blocks behind code and IV
   * @return null if it is not authentic
   */
  byte @Nullable [] open(byte[] sealed, int sealedLength) {
    int text = sealedLength - macBytes - BLOCK;
    reserve(text);
    try {
      hmac.update(sealed, macBytes, BLOCK + text);
      hmac.doFinal(code, 0);
      byte[] claimed = Arrays.copyOf(sealed, macBytes);
      if (!MessageDigest.isEqual(code, claimed)) {
        return null;
      }
      cbc.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(sealed, macBytes, BLOCK));
      length = cbc.doFinal(sealed, macBytes + BLOCK, text, output, 0);
      return output;
    } catch (GeneralSecurityException e) {
      // The peer's own padding is wrong, and it has the key: as good as a forgery.
      return null;
    }
  }

  private void reserve(int bytes) {
    if (output.length < bytes) {
      output = new byte[bytes];
    }
  }

  @Override
  public void close() {
    key.destroy();
    macKey.destroy();
    if (ivKey != null) {
      ivKey.destroy();
    }
    Arrays.fill(output, (byte) 0);
  }
}

package dev.ovenbird.app.password;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What an authenticator app makes codes of: six digits, a new one every 30 s, HMAC-SHA1 (RFC 6238,
 * RFC 4226), as every app has them.
 */
final class CodeSecret {
  static final int STEP_SECONDS = 30;
  static final int DIGITS = 6;
  private static final int MODULUS = 1_000_000;
  private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  private final byte[] key;

  private CodeSecret(byte[] key) {
    this.key = key;
  }

  /**
   * Reads base32, with or without spaces and padding.
   *
   * @throws IllegalArgumentException saying what is wrong, without the text
   */
  static CodeSecret parse(String text) {
    String digits = text.replaceAll("[ =]", "").toUpperCase(Locale.ROOT);
    byte[] key = new byte[digits.length() * 5 / 8];
    if (key.length < 10) {
      throw new IllegalArgumentException("the secret of codes has less than 16 characters");
    }
    int buffer = 0;
    int bits = 0;
    int at = 0;
    for (int i = 0; i < digits.length(); i++) {
      int value = BASE32.indexOf(digits.charAt(i));
      if (value < 0) {
        throw new IllegalArgumentException("the secret of codes is not base32 (A-Z, 2-7)");
      }
      buffer = (buffer << 5 | value) & 0xfff;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        key[at++] = (byte) (buffer >>> bits);
      }
    }
    return new CodeSecret(key);
  }

  static CodeSecret random(SecureRandom random) {
    byte[] key = new byte[20];
    random.nextBytes(key);
    return new CodeSecret(key);
  }

  /** As apps take it. */
  String base32() {
    StringBuilder text = new StringBuilder();
    int buffer = 0;
    int bits = 0;
    for (byte one : key) {
      buffer = (buffer << 8 | (one & 0xff)) & 0xffff;
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        text.append(BASE32.charAt(buffer >>> bits & 31));
      }
    }
    return bits == 0
        ? text.toString()
        : text.append(BASE32.charAt(buffer << (5 - bits) & 31)).toString();
  }

  /** The code of a step: Unix seconds / 30. */
  String code(long step) {
    byte[] counter = java.nio.ByteBuffer.allocate(Long.BYTES).putLong(step).array();
    byte[] mac;
    try {
      Mac hmac = Mac.getInstance("HmacSHA1");
      hmac.init(new SecretKeySpec(key, "HmacSHA1"));
      mac = hmac.doFinal(counter);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA1", e);
    }
    int offset = mac[mac.length - 1] & 15;
    int binary = java.nio.ByteBuffer.wrap(mac).getInt(offset) & 0x7fffffff;
    return String.format(Locale.ROOT, "%0" + DIGITS + "d", binary % MODULUS);
  }

  @Override
  public String toString() {
    return "CodeSecret";
  }
}

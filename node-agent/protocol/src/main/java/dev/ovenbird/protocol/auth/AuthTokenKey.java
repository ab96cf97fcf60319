package dev.ovenbird.protocol.auth;

import dev.ovenbird.protocol.wrap.KeyFormatException;
import dev.ovenbird.protocol.wrap.PemBlock;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key that a cluster's instances share to sign tokens: 128 bytes, as {@code openvpn --genkey
 * auth-token} writes them (digest 6.9). Tokens take the first 32 bytes of the HMAC half; the other
 * half, which OpenVPN does not use, signs challenges.
 */
public final class AuthTokenKey {
  public static final int BYTES = 128;

  private static final String LABEL = "OpenVPN auth-token server key";
  private static final int TOKEN_OFFSET = 64;
  private static final int CHALLENGE_OFFSET = 0;
  private static final int KEY_BYTES = 32;

  private final byte[] bytes;

  private AuthTokenKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Copies the bytes. */
  public static AuthTokenKey of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new KeyFormatException("auth-token key has " + bytes.length + " bytes, not " + BYTES);
    }
    return new AuthTokenKey(bytes.clone());
  }

  public static AuthTokenKey random(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return new AuthTokenKey(bytes);
  }

  /** Reads a text with any number of keys, in order; others beside them are passed over. */
  public static List<AuthTokenKey> parseAll(String text) {
    return text.contains(PemBlock.begin(LABEL))
        ? PemBlock.decode(LABEL, text).stream().map(AuthTokenKey::of).toList()
        : List.of();
  }

  public String toPem() {
    return PemBlock.encode(LABEL, bytes);
  }

  byte[] tokenMac(byte[]... parts) {
    return mac(TOKEN_OFFSET, parts);
  }

  byte[] challengeMac(byte[]... parts) {
    return mac(CHALLENGE_OFFSET, parts);
  }

  private byte[] mac(int offset, byte[]... parts) {
    byte[] key = Arrays.copyOfRange(bytes, offset, offset + KEY_BYTES);
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  @Override
  public String toString() {
    return "AuthTokenKey";
  }
}

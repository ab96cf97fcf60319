package dev.ovenbird.protocol.wrap;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;

/** A tls-crypt-v2 server key: wraps client keys, and opens them again. 128 bytes. Digest 2.5. */
public final class TlsCryptV2ServerKey {
  public static final int BYTES = 128;

  private static final String LABEL = "OpenVPN tls-crypt-v2 server key";
  private static final int MAC_KEY_OFFSET = 64;

  private final byte[] bytes;
  private boolean wiped;

  private TlsCryptV2ServerKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Copies the bytes. */
  public static TlsCryptV2ServerKey of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new KeyFormatException(
          "tls-crypt-v2 server key has " + bytes.length + " bytes, not " + BYTES);
    }
    return new TlsCryptV2ServerKey(bytes.clone());
  }

  public static TlsCryptV2ServerKey random(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return new TlsCryptV2ServerKey(bytes);
  }

  /** Reads a text with exactly one key, such as {@code openvpn --genkey tls-crypt-v2-server}. */
  public static TlsCryptV2ServerKey parse(String text) {
    List<TlsCryptV2ServerKey> keys = parseAll(text);
    if (keys.size() != 1) {
      throw new KeyFormatException("more than one tls-crypt-v2 server key");
    }
    return keys.getFirst();
  }

  /** Reads a text with one or more keys, in order. */
  public static List<TlsCryptV2ServerKey> parseAll(String text) {
    return PemBlock.decode(LABEL, text).stream().map(TlsCryptV2ServerKey::of).toList();
  }

  public String toPem() {
    requireUnwiped();
    return PemBlock.encode(LABEL, bytes);
  }

  /** All 128 bytes; a copy, which the caller wipes. */
  public byte[] toBytes() {
    requireUnwiped();
    return bytes.clone();
  }

  /** Zeroes the key, which opens nothing any more. */
  public void wipe() {
    wiped = true;
    Arrays.fill(bytes, (byte) 0);
  }

  boolean isWiped() {
    return wiped;
  }

  SyntheticIvCipher cipher() {
    requireUnwiped();
    return new SyntheticIvCipher(
        Arrays.copyOf(bytes, SyntheticIvCipher.KEY_BYTES),
        Arrays.copyOfRange(bytes, MAC_KEY_OFFSET, MAC_KEY_OFFSET + SyntheticIvCipher.KEY_BYTES));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TlsCryptV2ServerKey that && MessageDigest.isEqual(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "TlsCryptV2ServerKey";
  }

  // A key of zeros would admit everybody.
  private void requireUnwiped() {
    if (wiped) {
      throw new IllegalStateException("tls-crypt-v2 server key was wiped");
    }
  }
}

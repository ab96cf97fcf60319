package dev.ovenbird.protocol.wrap;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * 256 bytes of shared key: two slots, each 64 bytes for a cipher and 64 for an HMAC (digest section
 * 0). A key for n bytes is the first n of its 64.
 */
public final class StaticKey {
  public static final int BYTES = 256;

  private static final String LABEL = "OpenVPN Static key V1";
  private static final int FIELD_BYTES = 64;
  private static final int LINE_BYTES = 16;

  private final byte[] bytes;
  private boolean wiped;

  private StaticKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Copies the bytes. */
  public static StaticKey of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new KeyFormatException("static key has " + bytes.length + " bytes, not " + BYTES);
    }
    return new StaticKey(bytes.clone());
  }

  public static StaticKey random(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return new StaticKey(bytes);
  }

  /** Reads the text of a static key file (digest 2.1), such as {@code openvpn --genkey secret}. */
  public static StaticKey parse(String text) {
    List<String> blocks = PemBlock.contents(LABEL, text);
    if (blocks.size() != 1) {
      throw new KeyFormatException("more than one static key");
    }
    return ofHex(blocks.getFirst());
  }

  /** Reads a text with any number of keys, in order; others beside them are passed over. */
  public static List<StaticKey> parseAll(String text) {
    return text.contains(PemBlock.begin(LABEL))
        ? PemBlock.contents(LABEL, text).stream().map(StaticKey::ofHex).toList()
        : List.of();
  }

  private static StaticKey ofHex(String hex) {
    if (hex.length() != 2 * BYTES) {
      throw new KeyFormatException(
          "static key has " + hex.length() + " hex digits, not " + 2 * BYTES);
    }
    try {
      return new StaticKey(HexFormat.of().parseHex(hex));
    } catch (IllegalArgumentException e) {
      throw new KeyFormatException("static key is not hexadecimal");
    }
  }

  /**
   * The key of renegotiations' control packets (digest 2.7).
   *
   * @param exported 256 bytes of TLS keying material of the dynamic tls-crypt label
   */
  public StaticKey xor(byte[] exported) {
    StaticKey result = of(exported);
    requireUnwiped();
    for (int i = 0; i < BYTES; i++) {
      result.bytes[i] ^= bytes[i];
    }
    return result;
  }

  /** First {@code length} bytes of K0c. */
  public byte[] k0c(int length) {
    return field(0, length);
  }

  /** First {@code length} bytes of K0h. */
  public byte[] k0h(int length) {
    return field(1, length);
  }

  /** First {@code length} bytes of K1c. */
  public byte[] k1c(int length) {
    return field(2, length);
  }

  /** First {@code length} bytes of K1h. */
  public byte[] k1h(int length) {
    return field(3, length);
  }

  /** The same key, wiped by its own owner. */
  public StaticKey copy() {
    requireUnwiped();
    return of(bytes);
  }

  /** All 256 bytes; a copy, which the caller wipes. */
  public byte[] toBytes() {
    requireUnwiped();
    return bytes.clone();
  }

  /** The text of a static key file, as OpenVPN writes it. */
  public String toPem() {
    requireUnwiped();
    StringBuilder text = new StringBuilder("#\n# 2048 bit OpenVPN static key\n#\n");
    text.append(PemBlock.begin(LABEL)).append('\n');
    for (int i = 0; i < BYTES; i += LINE_BYTES) {
      text.append(HexFormat.of().formatHex(bytes, i, i + LINE_BYTES)).append('\n');
    }
    return text.append(PemBlock.end(LABEL)).append('\n').toString();
  }

  /** Zeroes the key, which can't be used any more; wraps made from it before keep working. */
  public void wipe() {
    wiped = true;
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StaticKey that && MessageDigest.isEqual(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "StaticKey";
  }

  private byte[] field(int index, int length) {
    if (length < 1 || length > FIELD_BYTES) {
      throw new IllegalArgumentException("key length " + length);
    }
    requireUnwiped();
    int start = index * FIELD_BYTES;
    return Arrays.copyOfRange(bytes, start, start + length);
  }

  // A key of zeros would admit everybody.
  private void requireUnwiped() {
    if (wiped) {
      throw new IllegalStateException("static key was wiped");
    }
  }
}

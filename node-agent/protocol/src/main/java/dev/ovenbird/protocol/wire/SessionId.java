package dev.ovenbird.protocol.wire;

import java.security.SecureRandom;

/**
 * One side's name for a TLS session: 8 bytes on the wire, never all zero. Digest 1.4.
 *
 * @param value the bytes, big-endian; 0 = undefined
 */
public record SessionId(long value) {
  public static final int BYTES = 8;
  public static final SessionId UNDEFINED = new SessionId(0);

  public boolean isDefined() {
    return value != 0;
  }

  /** A fresh id, never undefined. */
  public static SessionId random(SecureRandom random) {
    long value;
    do {
      value = random.nextLong();
    } while (value == 0);
    return new SessionId(value);
  }

  /** 16 hex digits, as OpenVPN logs print it without spaces. */
  @Override
  public String toString() {
    String hex = Long.toHexString(value);
    return "0".repeat(16 - hex.length()) + hex;
  }
}

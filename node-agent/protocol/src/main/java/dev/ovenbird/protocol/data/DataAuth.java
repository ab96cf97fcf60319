package dev.ovenbird.protocol.data;

import org.jspecify.annotations.Nullable;

/** Digests of the packet HMAC that CBC ciphers need, by the names that {@code auth} takes. */
public enum DataAuth {
  SHA1("HmacSHA1", 20),
  SHA256("HmacSHA256", 32),
  SHA512("HmacSHA512", 64);

  /** What OpenVPN takes where nobody says anything. */
  public static final DataAuth DEFAULT = SHA1;

  private final String hmac;
  private final int bytes;

  DataAuth(String hmac, int bytes) {
    this.hmac = hmac;
    this.bytes = bytes;
  }

  /** Name for javax.crypto. */
  String hmac() {
    return hmac;
  }

  /** Length of key and code. */
  public int bytes() {
    return bytes;
  }

  /** By OpenVPN name; null if it is another. */
  public static @Nullable DataAuth of(String openvpnName) {
    for (DataAuth auth : values()) {
      if (auth.name().equalsIgnoreCase(openvpnName)) {
        return auth;
      }
    }
    return null;
  }
}

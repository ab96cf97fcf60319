package dev.ovenbird.protocol.data;

import org.jspecify.annotations.Nullable;

/** Data channel ciphers by their OpenVPN names; all have 16-byte tags and 12-byte nonces. */
public enum DataCipher {
  AES_256_GCM("AES-256-GCM", 32),
  AES_128_GCM("AES-128-GCM", 16),
  CHACHA20_POLY1305("CHACHA20-POLY1305", 32);

  private final String openvpnName;
  private final int keyBytes;

  DataCipher(String openvpnName, int keyBytes) {
    this.openvpnName = openvpnName;
    this.keyBytes = keyBytes;
  }

  public String openvpnName() {
    return openvpnName;
  }

  public int keyBytes() {
    return keyBytes;
  }

  /** By OpenVPN name, case sensitive; null if unknown. */
  public static @Nullable DataCipher of(String openvpnName) {
    for (DataCipher cipher : values()) {
      if (cipher.openvpnName.equals(openvpnName)) {
        return cipher;
      }
    }
    return null;
  }
}

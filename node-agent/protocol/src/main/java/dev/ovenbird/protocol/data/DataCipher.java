package dev.ovenbird.protocol.data;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Data channel ciphers by their OpenVPN names. AEAD ciphers have 16-byte tags and 12-byte nonces;
 * CBC, for clients that have nothing else, goes with an HMAC ({@link DataAuth}).
 */
public enum DataCipher {
  AES_256_GCM("AES-256-GCM", 32),
  AES_128_GCM("AES-128-GCM", 16),
  CHACHA20_POLY1305("CHACHA20-POLY1305", 32),
  AES_256_CBC("AES-256-CBC", 32),
  AES_128_CBC("AES-128-CBC", 16);

  /** What is offered unless somebody says otherwise, in this order. */
  public static final List<DataCipher> DEFAULT =
      List.of(AES_256_GCM, AES_128_GCM, CHACHA20_POLY1305);

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

  public boolean isAead() {
    return isGcm() || this == CHACHA20_POLY1305;
  }

  /** Whether one key may encrypt only so much (digest 5.6). */
  boolean isGcm() {
    return this == AES_256_GCM || this == AES_128_GCM;
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

package dev.ovenbird.linux.crypto;

/** The AEAD algorithms of the data channel, by the function that names each in libcrypto. */
public enum AeadAlgorithm {
  AES_256_GCM("EVP_aes_256_gcm", 32),
  AES_128_GCM("EVP_aes_128_gcm", 16),
  CHACHA20_POLY1305("EVP_chacha20_poly1305", 32);

  private final String function;
  private final int keyBytes;

  AeadAlgorithm(String function, int keyBytes) {
    this.function = function;
    this.keyBytes = keyBytes;
  }

  String function() {
    return function;
  }

  public int keyBytes() {
    return keyBytes;
  }
}

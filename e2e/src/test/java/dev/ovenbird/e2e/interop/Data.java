package dev.ovenbird.e2e.interop;

/** Cipher and packet format of the data channel. */
enum Data {
  AES_256_GCM("AES-256-GCM", Format.AEAD),
  AES_128_GCM("AES-128-GCM", Format.AEAD),
  CHACHA20_POLY1305("CHACHA20-POLY1305", Format.AEAD),
  AES_256_CBC("AES-256-CBC", Format.CBC),
  EPOCH_AES_256_GCM("AES-256-GCM", Format.EPOCH),
  EPOCH_CHACHA20_POLY1305("CHACHA20-POLY1305", Format.EPOCH);

  /** What a packet of it looks like (digest 5.2, 5.3, 5.5). */
  enum Format {
    AEAD,
    CBC,
    EPOCH
  }

  /** OpenVPN's name. */
  final String cipher;

  final Format format;

  Data(String cipher, Format format) {
    this.cipher = cipher;
    this.format = format;
  }

  @Override
  public String toString() {
    return format == Format.EPOCH ? cipher + " epoch" : cipher;
  }
}

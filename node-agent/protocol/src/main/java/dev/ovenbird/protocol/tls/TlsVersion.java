package dev.ovenbird.protocol.tls;

import org.bouncycastle.tls.ProtocolVersion;

/** TLS versions that we speak, oldest first. */
public enum TlsVersion {
  TLS12(ProtocolVersion.TLSv12),
  TLS13(ProtocolVersion.TLSv13);

  private final ProtocolVersion version;

  TlsVersion(ProtocolVersion version) {
    this.version = version;
  }

  /** All from {@code minimum} to {@code maximum}, the newest first, as BouncyCastle wants them. */
  static ProtocolVersion[] range(TlsVersion minimum, TlsVersion maximum) {
    if (minimum.compareTo(maximum) > 0) {
      throw new IllegalArgumentException(minimum + " is newer than " + maximum);
    }
    return maximum.version.downTo(minimum.version);
  }
}

package dev.ovenbird.protocol.tls;

import java.util.Arrays;
import org.bouncycastle.tls.ProtocolVersion;

/** TLS versions that we speak, oldest first. */
public enum TlsVersion {
  TLS12(ProtocolVersion.TLSv12, "TLSv1.2"),
  TLS13(ProtocolVersion.TLSv13, "TLSv1.3");

  private final ProtocolVersion version;
  private final String jdkName;

  TlsVersion(ProtocolVersion version, String jdkName) {
    this.version = version;
    this.jdkName = jdkName;
  }

  String jdkName() {
    return jdkName;
  }

  /** All from {@code minimum} to {@code maximum}, the newest first, by the JDK's names. */
  static String[] jdkNames(TlsVersion minimum, TlsVersion maximum) {
    return Arrays.stream(range(minimum, maximum))
        .map(each -> each.equals(TLS13.version) ? TLS13.jdkName : TLS12.jdkName)
        .toArray(String[]::new);
  }

  /** All from {@code minimum} to {@code maximum}, the newest first, as BouncyCastle wants them. */
  static ProtocolVersion[] range(TlsVersion minimum, TlsVersion maximum) {
    if (minimum.compareTo(maximum) > 0) {
      throw new IllegalArgumentException(minimum + " is newer than " + maximum);
    }
    return maximum.version.downTo(minimum.version);
  }
}

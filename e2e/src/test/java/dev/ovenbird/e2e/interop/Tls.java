package dev.ovenbird.e2e.interop;

import dev.ovenbird.protocol.tls.TlsVersion;

/** The only TLS version that the client offers. */
enum Tls {
  TLS_1_2("1.2", TlsVersion.TLS12),
  TLS_1_3("1.3", TlsVersion.TLS13);

  final String number;
  final TlsVersion version;

  Tls(String number, TlsVersion version) {
    this.number = number;
    this.version = version;
  }

  @Override
  public String toString() {
    return "TLS " + number;
  }
}

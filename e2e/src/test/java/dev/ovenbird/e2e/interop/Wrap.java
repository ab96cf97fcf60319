package dev.ovenbird.e2e.interop;

/** How the control packets of the first negotiation are protected. */
enum Wrap {
  TLS_CRYPT_V2("tls-crypt-v2"),
  TLS_CRYPT("tls-crypt"),
  TLS_AUTH("tls-auth");

  /** As the directive and the inline block are called. */
  final String directive;

  Wrap(String directive) {
    this.directive = directive;
  }

  @Override
  public String toString() {
    return directive;
  }
}

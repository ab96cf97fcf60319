package dev.ovenbird.e2e.bench;

/** Kinds of key that both sides' certificates are made with. On the command line as its text. */
enum Key {
  ECDSA("ecdsa", 0, "{privateKey: {algorithm: ECDSA, size: 256}}"),
  RSA_2048("rsa-2048", 2048, "{privateKey: {algorithm: RSA, size: 2048}}"),
  RSA_4096("rsa-4096", 4096, "{privateKey: {algorithm: RSA, size: 4096}}");

  private final String option;

  /** 0 for EC keys on P-256. */
  final int rsaBits;

  /** As a VpnCluster names them. */
  final String pki;

  Key(String option, int rsaBits, String pki) {
    this.option = option;
    this.rsaBits = rsaBits;
    this.pki = pki;
  }

  /** Ends the keys of its measures. */
  String key() {
    return this == ECDSA ? "Ecdsa" : "Rsa" + rsaBits;
  }

  @Override
  public String toString() {
    return option;
  }
}

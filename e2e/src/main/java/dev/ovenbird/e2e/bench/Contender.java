package dev.ovenbird.e2e.bench;

/** Who can be compared. On the command line as its own text, such as {@code openvpn-2.6}. */
enum Contender {
  OPENVPN_26("openvpn-2.6", "openvpn 2.6"),
  /** With the OpenSSL 3.5 of its Debian 13. */
  OPENVPN_27("openvpn-2.7", "openvpn 2.7"),
  WIREGUARD_GO("wireguard-go", "wireguard-go"),
  /** With the stock client, as the two first. */
  OVENBIRD("ovenbird", "ovenbird"),
  /** With our own client role at the other end. */
  OVENBIRD_OWN("ovenbird-own", "ovenbird, own client"),
  /** With the libcrypto of --library-path. */
  OVENBIRD_LIBRARY("ovenbird-library", "ovenbird, other libcrypto"),
  OVENBIRD_OWN_LIBRARY("ovenbird-own-library", "ovenbird, own client, other libcrypto");

  private final String option;
  final String label;

  Contender(String option, String label) {
    this.option = option;
    this.label = label;
  }

  boolean isOurs() {
    return ordinal() >= OVENBIRD.ordinal();
  }

  boolean hasOwnClient() {
    return this == OVENBIRD_OWN || this == OVENBIRD_OWN_LIBRARY;
  }

  boolean hasOtherLibrary() {
    return this == OVENBIRD_LIBRARY || this == OVENBIRD_OWN_LIBRARY;
  }

  @Override
  public String toString() {
    return option;
  }
}

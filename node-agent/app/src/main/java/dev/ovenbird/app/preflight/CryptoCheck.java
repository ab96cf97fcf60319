package dev.ovenbird.app.preflight;

import java.util.Optional;

/** Which library encrypts packets. */
final class CryptoCheck {
  private static final Findings FINDINGS = new Findings("CryptoLibrary");

  private CryptoCheck() {}

  /**
   * @param library version that OpenSSL's libcrypto gives; empty if it is not there
   */
  static Finding run(Optional<String> library) {
    return library
        .map(version -> FINDINGS.good(version + " encrypts packets"))
        .orElseGet(
            () ->
                FINDINGS.bad(
                    "LibcryptoMissing",
                    "libcrypto.so.3 is missing: Java's own ciphers do its work with a multiple of"
                        + " the CPU time; install OpenSSL 3 ('apt-get install libssl3')"));
  }
}

package dev.ovenbird.linux.crypto;

import java.util.List;

/** How a private key signs a digest, by the settings of an EVP_PKEY_CTX. */
public enum SignatureAlgorithm {
  /** Of a digest of any length. */
  ECDSA(List.of()),
  RSA_PSS_SHA256(
      List.of(
          new Setting("rsa_padding_mode", "pss"),
          new Setting("digest", "sha256"),
          new Setting("rsa_pss_saltlen", "32"))),
  RSA_PKCS1_SHA256(
      List.of(new Setting("rsa_padding_mode", "pkcs1"), new Setting("digest", "sha256")));

  /** Arguments of EVP_PKEY_CTX_ctrl_str. */
  record Setting(String name, String value) {}

  private final List<Setting> settings;

  SignatureAlgorithm(List<Setting> settings) {
    this.settings = settings;
  }

  List<Setting> settings() {
    return settings;
  }
}

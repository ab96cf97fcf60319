package dev.ovenbird.linux.crypto;

import java.lang.foreign.Arena;
import java.util.List;

/** How a digest is signed, by the settings of an EVP_PKEY_CTX. */
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
  private record Setting(String name, String value) {}

  private final List<Setting> settings;

  SignatureAlgorithm(List<Setting> settings) {
    this.settings = settings;
  }

  /** Prepares an EVP_PKEY_CTX; false if its key is of another algorithm. */
  boolean set(KeyFunctions functions, Arena arena, long context) throws Throwable {
    for (Setting setting : settings) {
      long name = arena.allocateFrom(setting.name()).address();
      long value = arena.allocateFrom(setting.value()).address();
      if ((int) functions.contextSet.invokeExact(context, name, value) != 1) {
        return false;
      }
    }
    return true;
  }
}

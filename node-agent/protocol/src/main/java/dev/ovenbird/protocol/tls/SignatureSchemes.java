package dev.ovenbird.protocol.tls;

import java.util.List;
import java.util.Vector;
import org.bouncycastle.tls.HashAlgorithm;
import org.bouncycastle.tls.SignatureAlgorithm;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;

/** Signatures that we make and accept in handshakes and certificates; none with SHA-1 or MD5. */
final class SignatureSchemes {
  static final SignatureAndHashAlgorithm ECDSA_P256 = ecdsa(HashAlgorithm.sha256);
  static final SignatureAndHashAlgorithm ECDSA_P384 = ecdsa(HashAlgorithm.sha384);
  static final SignatureAndHashAlgorithm ECDSA_P521 = ecdsa(HashAlgorithm.sha512);
  static final SignatureAndHashAlgorithm RSA_PKCS1_SHA256 = rsa(HashAlgorithm.sha256);

  private static final List<SignatureAndHashAlgorithm> ALL =
      List.of(
          ECDSA_P256,
          ECDSA_P384,
          ECDSA_P521,
          SignatureAndHashAlgorithm.ed25519,
          SignatureAndHashAlgorithm.rsa_pss_rsae_sha256,
          SignatureAndHashAlgorithm.rsa_pss_rsae_sha384,
          SignatureAndHashAlgorithm.rsa_pss_rsae_sha512,
          RSA_PKCS1_SHA256,
          rsa(HashAlgorithm.sha384),
          rsa(HashAlgorithm.sha512));

  /** The same by the JDK's names. */
  private static final String[] JDK_NAMES = {
    "ecdsa_secp256r1_sha256",
    "ecdsa_secp384r1_sha384",
    "ecdsa_secp521r1_sha512",
    "ed25519",
    "rsa_pss_rsae_sha256",
    "rsa_pss_rsae_sha384",
    "rsa_pss_rsae_sha512",
    "rsa_pkcs1_sha256",
    "rsa_pkcs1_sha384",
    "rsa_pkcs1_sha512"
  };

  private SignatureSchemes() {}

  /** In order of preference; a Vector because BouncyCastle's interfaces want one. */
  static Vector<SignatureAndHashAlgorithm> all() {
    return new Vector<>(ALL);
  }

  static String[] jdkNames() {
    return JDK_NAMES.clone();
  }

  private static SignatureAndHashAlgorithm ecdsa(short hash) {
    return SignatureAndHashAlgorithm.getInstance(hash, SignatureAlgorithm.ecdsa);
  }

  private static SignatureAndHashAlgorithm rsa(short hash) {
    return SignatureAndHashAlgorithm.getInstance(hash, SignatureAlgorithm.rsa);
  }
}

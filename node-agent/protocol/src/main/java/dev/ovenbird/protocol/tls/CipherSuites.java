package dev.ovenbird.protocol.tls;

import java.util.stream.IntStream;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.NamedGroup;

/** Suites and groups that we speak: AEAD and forward secrecy only, in order of preference. */
final class CipherSuites {
  private static final int[] TLS13 = {
    CipherSuite.TLS_AES_256_GCM_SHA384,
    CipherSuite.TLS_AES_128_GCM_SHA256,
    CipherSuite.TLS_CHACHA20_POLY1305_SHA256
  };
  private static final int[] ECDSA = {
    CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
  };
  private static final int[] RSA = {
    CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
  };

  /** The same by the JDK's names, which are IANA's. */
  private static final String[] JDK_NAMES = {
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
  };

  /** The hybrid first: 2.7 clients send its share at once (tls.md). */
  private static final int[] GROUPS = {
    NamedGroup.X25519MLKEM768, NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1
  };

  private static final String[] JDK_GROUPS = {"x25519", "secp256r1", "secp384r1"};

  private CipherSuites() {}

  /**
   * BouncyCastle would choose a TLS 1.2 suite that our key cannot serve: offer only fitting ones.
   */
  static int[] forServer(boolean rsaKey) {
    return joined(TLS13, rsaKey ? RSA : ECDSA);
  }

  static int[] forClient() {
    return joined(joined(TLS13, ECDSA), RSA);
  }

  private static int[] joined(int[] first, int[] second) {
    return IntStream.concat(IntStream.of(first), IntStream.of(second)).toArray();
  }

  static int[] groups() {
    return GROUPS.clone();
  }

  /** For both key types and both roles: the JDK chooses one that the key can serve. */
  static String[] jdkNames() {
    return JDK_NAMES.clone();
  }

  /** Without the hybrid, which JDK 25 lacks. */
  static String[] jdkGroups() {
    return JDK_GROUPS.clone();
  }
}

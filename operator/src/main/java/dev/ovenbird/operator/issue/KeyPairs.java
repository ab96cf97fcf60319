package dev.ovenbird.operator.issue;

import dev.ovenbird.crds.v1alpha1.Pki;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;

/** Key pairs as spec.pki.privateKey has them. */
final class KeyPairs {
  private KeyPairs() {}

  static KeyPair generate(Pki.PrivateKey kind, SecureRandom random) {
    try {
      if (kind.algorithm() == Pki.KeyAlgorithm.RSA) {
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(kind.size(), random);
        return rsa.generateKeyPair();
      }
      KeyPairGenerator ec = KeyPairGenerator.getInstance("EC");
      ec.initialize(new ECGenParameterSpec("secp" + kind.size() + "r1"), random);
      return ec.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK cannot make " + kind, e);
    }
  }

  /** The signature that an authority with this key makes. */
  static String signature(PrivateKey key) {
    if (key instanceof ECPrivateKey ec) {
      return ec.getParams().getOrder().bitLength() > 256 ? "SHA384withECDSA" : "SHA256withECDSA";
    }
    return "SHA256withRSA";
  }
}

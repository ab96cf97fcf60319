package dev.ovenbird.operator.issue;

import dev.ovenbird.crds.v1alpha1.Pki;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Key pairs as spec.pki.privateKey has them, and which ones of others are good. */
final class KeyPairs {
  private static final Set<Integer> CURVES = Set.of(256, 384, 521);
  private static final int MIN_RSA = 2048;
  private static final int MAX_RSA = 8192;

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

  /** What is wrong with somebody's key, with what would be right; null if it is good. */
  static @Nullable String fault(PublicKey key) {
    boolean good =
        switch (key) {
          case ECKey ec -> CURVES.contains(ec.getParams().getCurve().getField().getFieldSize());
          case RSAKey rsa -> rsaBits(rsa) >= MIN_RSA && rsaBits(rsa) <= MAX_RSA;
          case EdECKey ed -> ed.getParams().getName().equals(NamedParameterSpec.ED25519.getName());
          default -> false;
        };
    return good
        ? null
        : "its key ("
            + describe(key)
            + ") is of no kind that is accepted; use ECDSA on P-256, P-384 or P-521, Ed25519,"
            + " or RSA of 2048 to 8192 bits";
  }

  private static String describe(Key key) {
    return switch (key) {
      case ECKey ec -> "ECDSA of " + ec.getParams().getCurve().getField().getFieldSize() + " bits";
      case RSAKey rsa -> "RSA of " + rsaBits(rsa) + " bits";
      case EdECKey ed -> ed.getParams().getName();
      default -> key.getAlgorithm();
    };
  }

  private static int rsaBits(RSAKey key) {
    return key.getModulus().bitLength();
  }

  /** The signature that an authority with this key makes. */
  static String signature(PrivateKey key) {
    return switch (key) {
      case ECKey ec when ec.getParams().getOrder().bitLength() > 256 -> "SHA384withECDSA";
      case ECKey ec -> "SHA256withECDSA";
      case EdECKey ed -> "Ed25519";
      default -> "SHA256withRSA";
    };
  }
}

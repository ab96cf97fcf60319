package dev.ovenbird.operator.issue;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/** A certificate authority that a person brings, checked before anything is signed by it. */
public final class BroughtAuthority {
  private static final int KEY_CERT_SIGN = 5;

  private static final String HOW_TO_MAKE =
      "; a good one is made by openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
          + " -days 7300 -subj \"/CN=My VPN CA\" -keyout tls.key -out tls.crt";

  private BroughtAuthority() {}

  /**
   * The authority of {@code tls.crt} and {@code tls.key}.
   *
   * @throws GeneralSecurityException if it is unusable; the message says why and what to do
   */
  public static CertificateAuthority read(
      String clusterUid,
      @Nullable String certificatePem,
      @Nullable String keyPem,
      SecureRandom random,
      Instant now)
      throws GeneralSecurityException {
    if (certificatePem == null || keyPem == null) {
      throw new GeneralSecurityException(
          (certificatePem == null ? "tls.crt" : "tls.key")
              + " is missing; make the Secret with kubectl create secret tls NAME --cert=tls.crt"
              + " --key=tls.key");
    }
    X509Certificate certificate;
    try {
      certificate = Pem.certificate(certificatePem);
    } catch (CertificateException e) {
      throw new GeneralSecurityException("tls.crt is no certificate in PEM" + HOW_TO_MAKE, e);
    }
    String fault = fault(certificate, now);
    if (fault != null) {
      throw new GeneralSecurityException("tls.crt " + fault);
    }
    PrivateKey key;
    try {
      key = Pem.privateKey(keyPem, certificate);
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException("tls.key " + e.getMessage(), e);
    }
    if (!Pem.matches(key, certificate)) {
      throw new GeneralSecurityException(
          "tls.key is not the key of tls.crt; give the two that were made together");
    }
    return CertificateAuthority.load(clusterUid, Pem.of(certificate), Pem.of(key), random);
  }

  private static @Nullable String fault(X509Certificate certificate, Instant now) {
    boolean @Nullable [] usage = certificate.getKeyUsage();
    if (certificate.getBasicConstraints() < 0) {
      return "is not a CA's certificate (basicConstraints without CA:TRUE)" + HOW_TO_MAKE;
    }
    if (usage != null && !usage[KEY_CERT_SIGN]) {
      return "may not sign certificates (keyUsage without keyCertSign)" + HOW_TO_MAKE;
    }
    if (!isSelfSigned(certificate)) {
      return "is signed by another CA ("
          + certificate.getIssuerX500Principal()
          + "), but stock clients accept a chain up to a self-signed one only"
          + HOW_TO_MAKE;
    }
    if (certificate.getBasicConstraints() == 0) {
      return "allows no CA below it (pathlen:0), so a later CA could not be cross-signed and every"
          + " profile would end at once with a change"
          + HOW_TO_MAKE;
    }
    if (certificate.getNotAfter().before(Date.from(now))) {
      return "ended on "
          + certificate.getNotAfter().toInstant()
          + "; put a CA into the Secret that is still valid";
    }
    if (certificate.getNotBefore().after(Date.from(now))) {
      return "is valid from "
          + certificate.getNotBefore().toInstant()
          + " only; put a CA into the Secret that is valid now, or set the clock right";
    }
    String fault = KeyPairs.fault(certificate.getPublicKey());
    return fault == null ? null : "cannot be used: " + fault;
  }

  private static boolean isSelfSigned(X509Certificate certificate) {
    PublicKey key = certificate.getPublicKey();
    try {
      certificate.verify(key);
      return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}

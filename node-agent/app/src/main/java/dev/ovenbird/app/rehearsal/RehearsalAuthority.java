package dev.ovenbird.app.rehearsal;

import dev.ovenbird.app.config.Pem;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority whose key nobody keeps; what it signs is good for an hour. */
final class RehearsalAuthority {
  private static final long SECONDS = 3600;
  private static final X500Name NAME = new X500Name("CN=rehearsal");

  private final KeyPair keys = keys();
  private long serial = 1;

  static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no keys on P-256", e);
    }
  }

  /** Its own certificate. */
  X509CertificateHolder certificate() {
    X509v3CertificateBuilder builder = builder(NAME, keys);
    return sign(builder, true);
  }

  /** For a key, under a name and a URI. */
  X509CertificateHolder certificate(String name, String uri, KeyPair key) {
    X509v3CertificateBuilder builder = builder(new X500Name("CN=" + name), key);
    return sign(add(builder, uri), false);
  }

  /** The answer to a request for that URI, as PEM. */
  String answer(String pem, String uri) {
    CertificationRequest request =
        CertificationRequest.getInstance(Pem.blocks("CERTIFICATE REQUEST", pem).getFirst());
    X509v3CertificateBuilder builder =
        builder(
            request.getCertificationRequestInfo().getSubject(),
            request.getCertificationRequestInfo().getSubjectPublicKeyInfo());
    return Pem.block("CERTIFICATE", der(sign(add(builder, uri), false)));
  }

  private X509v3CertificateBuilder builder(X500Name subject, KeyPair key) {
    return builder(subject, SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded()));
  }

  private X509v3CertificateBuilder builder(X500Name subject, SubjectPublicKeyInfo key) {
    Instant now = Instant.now();
    return new X509v3CertificateBuilder(
        NAME,
        BigInteger.valueOf(serial++),
        Date.from(now.minusSeconds(SECONDS)),
        Date.from(now.plusSeconds(SECONDS)),
        subject,
        key);
  }

  private static X509v3CertificateBuilder add(X509v3CertificateBuilder builder, String uri) {
    try {
      return builder
          .addExtension(
              Extension.subjectAlternativeName,
              false,
              new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri)))
          .addExtension(
              Extension.extendedKeyUsage,
              false,
              new ExtendedKeyUsage(
                  new KeyPurposeId[] {
                    KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                  }));
    } catch (IOException e) {
      throw new IllegalStateException("no extension", e);
    }
  }

  private X509CertificateHolder sign(X509v3CertificateBuilder builder, boolean authority) {
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(authority ? KeyUsage.keyCertSign : KeyUsage.digitalSignature));
      return builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()));
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException("no certificate", e);
    }
  }

  static byte[] der(X509CertificateHolder certificate) {
    try {
      return certificate.getEncoded();
    } catch (IOException e) {
      throw new IllegalStateException("no DER", e);
    }
  }
}

package dev.ovenbird.protocol.tls;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** Certificates for tests, valid around {@link #NOW}. */
final class TestPki {
  /** Unix seconds of every test's clock. */
  static final long NOW = 1_800_000_000L;

  static final long DAY = 86_400;

  /** A key and the name that it signs under. */
  record Ca(String name, KeyPair keys, byte[] der) {}

  private static long serial = 0xa1b0;

  private TestPki() {}

  /** {@code EC256}, {@code EC384}, {@code RSA} or {@code ED25519}. */
  static KeyPair keys(String kind) {
    try {
      switch (kind) {
        case "EC256", "EC384" -> {
          KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
          generator.initialize(
              new ECGenParameterSpec(kind.equals("EC256") ? "secp256r1" : "secp384r1"));
          return generator.generateKeyPair();
        }
        case "RSA", "RSA1024" -> {
          KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
          generator.initialize(kind.equals("RSA") ? 2048 : 1024);
          return generator.generateKeyPair();
        }
        default -> {
          return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static Ca ca(String name, String kind) {
    KeyPair keys = keys(kind);
    return new Ca(name, keys, caCertificate(name, keys, name, keys, null, NOW + 7000 * DAY));
  }

  /** A CA certificate for {@code subject}, signed by {@code issuer}: intermediate or cross. */
  static byte[] crossCertificate(Ca subject, Ca issuer) {
    return caCertificate(
        subject.name(), subject.keys(), issuer.name(), issuer.keys(), null, NOW + 7000 * DAY);
  }

  static byte[] caCertificate(
      String name,
      KeyPair keys,
      String issuerName,
      KeyPair issuerKeys,
      @Nullable Integer pathLength,
      long notAfter) {
    Certificate certificate = new Certificate(name, keys.getPublic());
    certificate.notAfter = notAfter;
    certificate.constraints =
        pathLength == null ? new BasicConstraints(true) : new BasicConstraints(pathLength);
    certificate.usage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
    return certificate.sign(issuerName, issuerKeys);
  }

  static TlsIdentity server(Ca ca, String kind, byte[]... more) {
    return identity(ca, "ovenbird-0123456789abcdef", kind, KeyPurposeId.id_kp_serverAuth, more);
  }

  static TlsIdentity client(Ca ca, String kind, byte[]... more) {
    return identity(ca, "alice", kind, KeyPurposeId.id_kp_clientAuth, more);
  }

  static TlsIdentity identity(
      Ca ca, String name, String kind, KeyPurposeId purpose, byte[]... more) {
    KeyPair keys = keys(kind);
    Certificate certificate = new Certificate(name, keys.getPublic());
    certificate.purpose = purpose;
    return identity(certificate.sign(ca.name(), ca.keys()), keys, more);
  }

  static TlsIdentity identity(byte[] leaf, KeyPair keys, byte[]... more) {
    List<byte[]> chain = new ArrayList<>(List.of(leaf));
    chain.addAll(List.of(more));
    return new TlsIdentity(chain, keys.getPrivate().getEncoded());
  }

  /** One certificate to be; change the fields, then sign. */
  static final class Certificate {
    final String name;
    final PublicKey key;
    long notBefore = NOW - DAY;
    long notAfter = NOW + 90 * DAY;
    @Nullable BasicConstraints constraints;
    int usage = KeyUsage.digitalSignature;
    @Nullable KeyPurposeId purpose;
    @Nullable ASN1ObjectIdentifier strangeCritical;
    @Nullable String signature;

    Certificate(String name, PublicKey key) {
      this.name = name;
      this.key = key;
    }

    byte[] sign(String issuer, KeyPair issuerKeys) {
      try {
        X509v3CertificateBuilder builder =
            new X509v3CertificateBuilder(
                name(issuer),
                BigInteger.valueOf(serial++),
                new Date(notBefore * 1000),
                new Date(notAfter * 1000),
                name(name),
                SubjectPublicKeyInfo.getInstance(key.getEncoded()));
        if (constraints != null) {
          builder.addExtension(Extension.basicConstraints, true, constraints);
        }
        if (usage != 0) {
          builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        }
        if (purpose != null) {
          builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
        }
        if (strangeCritical != null) {
          builder.addExtension(strangeCritical, true, DERNull.INSTANCE);
        }
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(
                new GeneralName(GeneralName.uniformResourceIdentifier, "urn:ovenbird:" + name)));
        String algorithm = signature;
        if (algorithm == null) {
          algorithm =
              switch (issuerKeys.getPrivate().getAlgorithm()) {
                case "RSA" -> "SHA256withRSA";
                case "EC" -> "SHA256withECDSA";
                default -> "Ed25519";
              };
        }
        return builder
            .build(new JcaContentSignerBuilder(algorithm).build(issuerKeys.getPrivate()))
            .getEncoded();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    private static X500Name name(String commonName) {
      return new X500NameBuilder().addRDN(BCStyle.CN, commonName).build();
    }
  }
}

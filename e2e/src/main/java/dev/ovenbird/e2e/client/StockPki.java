package dev.ovenbird.e2e.client;

import dev.ovenbird.app.config.Pem;
import dev.ovenbird.protocol.tls.TlsIdentity;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A CA outside of any Ovenbird cluster: for the stock server, and to be refused by ours. */
public final class StockPki {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration VALIDITY = Duration.ofDays(30);

  private final int rsaBits;
  private final KeyPair key;
  private final X500Name name;
  private final String certificate;

  /** A certificate and its private key, both PEM. */
  public record Identity(String certificate, String privateKey) {
    /** SHA-256 of the certificate, as {@code peer-fingerprint} takes it. */
    public String fingerprint() {
      try {
        byte[] der = Pem.blocks("CERTIFICATE", certificate).getFirst();
        return HexFormat.ofDelimiter(":")
            .withUpperCase()
            .formatHex(MessageDigest.getInstance("SHA-256").digest(der));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    /** What both roles' configurations take: certificate and key, inline. */
    public String inline() {
      return WrapKeys.block("cert", certificate) + WrapKeys.block("key", privateKey);
    }

    /** What our own roles take. */
    public TlsIdentity identity() {
      return new Profile(inline()).identity();
    }
  }

  /** With EC keys on P-256. */
  public StockPki() {
    this(0);
  }

  /** With RSA keys of so many bits, or EC keys on P-256 if 0. */
  public StockPki(int rsaBits) {
    this(rsaBits, "stock CA");
  }

  private StockPki(int rsaBits, String commonName) {
    this.rsaBits = rsaBits;
    this.name = new X500Name("CN=" + commonName);
    this.key = newKey(rsaBits);
    try {
      X509v3CertificateBuilder builder = builder(name, key);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign | KeyUsage.digitalSignature));
      certificate = pem(builder.build(signer()));
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A certificate that signs itself, as {@code openssl req -x509} makes them. */
  public static Identity selfSigned(String commonName) {
    StockPki own = new StockPki(0, commonName);
    try {
      return new Identity(
          own.certificate(), pem(new JcaPKCS8Generator(own.key.getPrivate(), null)));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The CA's own certificate, PEM. */
  public String certificate() {
    return certificate;
  }

  public Identity server(String commonName) {
    return issue(commonName, KeyPurposeId.id_kp_serverAuth, "");
  }

  /** A client certificate, with a SAN URI unless it is empty. */
  public Identity client(String commonName, String sanUri) {
    return issue(commonName, KeyPurposeId.id_kp_clientAuth, sanUri);
  }

  private Identity issue(String commonName, KeyPurposeId purpose, String sanUri) {
    try {
      KeyPair subjectKey = newKey(rsaBits);
      X509v3CertificateBuilder builder = builder(new X500Name("CN=" + commonName), subjectKey);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
      if (!sanUri.isEmpty()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, sanUri)));
      }
      return new Identity(
          pem(builder.build(signer())), pem(new JcaPKCS8Generator(subjectKey.getPrivate(), null)));
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private X509v3CertificateBuilder builder(X500Name subject, KeyPair subjectKey) {
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        name,
        new BigInteger(120, RANDOM),
        Date.from(now.minus(Duration.ofDays(1))),
        Date.from(now.plus(VALIDITY)),
        subject,
        subjectKey.getPublic());
  }

  private org.bouncycastle.operator.ContentSigner signer() throws OperatorCreationException {
    return new JcaContentSignerBuilder(rsaBits > 0 ? "SHA256withRSA" : "SHA256withECDSA")
        .build(key.getPrivate());
  }

  private static KeyPair newKey(int rsaBits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(rsaBits > 0 ? "RSA" : "EC");
      if (rsaBits > 0) {
        generator.initialize(rsaBits, RANDOM);
      } else {
        generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(Object object) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    }
    return text.toString();
  }
}

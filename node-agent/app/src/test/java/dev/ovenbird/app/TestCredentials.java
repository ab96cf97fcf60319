package dev.ovenbird.app;

import dev.ovenbird.app.config.Pem;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A CA, an instance's certificate of it and a tls-crypt-v2 key, as files. */
public final class TestCredentials {
  private TestCredentials() {}

  /** Writes chain.pem, key.pem, cas.pem and wrap.pem. */
  public static void write(Path folder)
      throws GeneralSecurityException, OperatorCreationException, IOException {
    KeyPair ca = keyPair();
    KeyPair leaf = keyPair();
    X509CertificateHolder root = certificate("office CA", ca, "office CA", ca, true);
    X509CertificateHolder instance =
        certificate("ovenbird-0b8f0c1e7d3a4c55", leaf, "office CA", ca, false);
    TestInstance.replace(
        folder.resolve("chain.pem"), Pem.block("CERTIFICATE", instance.getEncoded()));
    TestInstance.replace(
        folder.resolve("key.pem"), Pem.block("PRIVATE KEY", leaf.getPrivate().getEncoded()));
    TestInstance.replace(folder.resolve("cas.pem"), Pem.block("CERTIFICATE", root.getEncoded()));
    Files.writeString(
        folder.resolve("wrap.pem"), TlsCryptV2ServerKey.random(new SecureRandom()).toPem());
  }

  private static KeyPair keyPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static X509CertificateHolder certificate(
      String subject, KeyPair key, String issuer, KeyPair issuerKey, boolean ca)
      throws OperatorCreationException, IOException {
    Instant now = Instant.now();
    X509v3CertificateBuilder builder =
        new X509v3CertificateBuilder(
            new X500Name("CN=" + issuer),
            BigInteger.valueOf(now.toEpochMilli()),
            Date.from(now.minusSeconds(86400)),
            Date.from(now.plusSeconds(86400)),
            new X500Name("CN=" + subject),
            SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded()));
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
    builder.addExtension(
        Extension.keyUsage,
        true,
        new KeyUsage(ca ? KeyUsage.keyCertSign : KeyUsage.digitalSignature));
    if (!ca) {
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
    }
    return builder.build(
        new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKey.getPrivate()));
  }
}

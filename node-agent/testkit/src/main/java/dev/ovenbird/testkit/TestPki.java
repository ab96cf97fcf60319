package dev.ovenbird.testkit;

import dev.ovenbird.protocol.tls.TlsIdentity;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import java.io.IOException;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.operator.DefaultDigestAlgorithmIdentifierFinder;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcContentSignerBuilder;
import org.bouncycastle.operator.bc.BcECContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A small certificate authority and tls-crypt-v2 keys for tests, all from one random source. */
public final class TestPki {
  private static final long DAY_MILLIS = 86_400_000L;

  private final SecureRandom random;
  private final long wallSeconds;
  private final AsymmetricCipherKeyPair caKey;
  private final X500Name caName = new X500Name("CN=Ovenbird test CA");
  private final byte[] caDer;
  private final TlsCryptV2ServerKey serverKey;
  private final StaticKey staticKey;
  private long serial = 1;

  /**
   * @param wallSeconds Unix time around which certificates are valid
   */
  public TestPki(SecureRandom random, long wallSeconds) {
    this.random = random;
    this.wallSeconds = wallSeconds;
    this.caKey = newKey();
    this.serverKey = TlsCryptV2ServerKey.random(random);
    this.staticKey = StaticKey.random(random);
    this.caDer =
        certificate(
            caName,
            caKey.getPublic(),
            new BasicConstraints(true),
            KeyUsage.keyCertSign | KeyUsage.cRLSign,
            null,
            null,
            365);
  }

  public List<byte[]> anchors() {
    return List.of(caDer);
  }

  public TlsCryptV2ServerKey serverKey() {
    return serverKey;
  }

  /** The key that clients without one of their own share. */
  public StaticKey staticKey() {
    return staticKey;
  }

  public TlsIdentity server(String commonName) {
    return identity(commonName, KeyPurposeId.id_kp_serverAuth, null, 90);
  }

  /** A client certificate with the SAN URI {@code urn:test:NAME}. */
  public TlsIdentity client(String commonName) {
    return identity(commonName, KeyPurposeId.id_kp_clientAuth, "urn:test:" + commonName, 90);
  }

  /** A wrapped client key whose metadata is type 0 and the name's bytes. */
  public ClientKeyFile clientKey(String name) {
    StaticKey key = StaticKey.random(random);
    byte[] text = name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    byte[] metadata = new byte[text.length + 1];
    System.arraycopy(text, 0, metadata, 1, text.length);
    return new ClientKeyFile(key, WrappedClientKey.wrap(serverKey, key, metadata));
  }

  private TlsIdentity identity(
      String commonName, KeyPurposeId usage, @Nullable String uri, int days) {
    AsymmetricCipherKeyPair key = newKey();
    byte[] leaf =
        certificate(
            new X500Name("CN=" + commonName),
            key.getPublic(),
            new BasicConstraints(false),
            KeyUsage.digitalSignature,
            usage,
            uri,
            days);
    try {
      return new TlsIdentity(
          List.of(leaf), PrivateKeyInfoFactory.createPrivateKeyInfo(key.getPrivate()).getEncoded());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private AsymmetricCipherKeyPair newKey() {
    X9ECParameters curve = CustomNamedCurves.getByOID(SECObjectIdentifiers.secp256r1);
    ECKeyPairGenerator generator = new ECKeyPairGenerator();
    generator.init(
        new ECKeyGenerationParameters(
            new ECNamedDomainParameters(SECObjectIdentifiers.secp256r1, curve), random));
    return generator.generateKeyPair();
  }

  private byte[] certificate(
      X500Name subject,
      AsymmetricKeyParameter publicKey,
      BasicConstraints constraints,
      int keyUsage,
      @Nullable KeyPurposeId usage,
      @Nullable String uri,
      int days) {
    try {
      X509v3CertificateBuilder builder =
          new X509v3CertificateBuilder(
              caName,
              BigInteger.valueOf(serial++),
              new Date(wallSeconds * 1000 - DAY_MILLIS),
              new Date(wallSeconds * 1000 + days * DAY_MILLIS),
              subject,
              SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(publicKey));
      builder.addExtension(Extension.basicConstraints, true, constraints);
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(keyUsage));
      if (usage != null) {
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(usage));
      }
      if (uri != null) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
      }
      AlgorithmIdentifier signature =
          new DefaultSignatureAlgorithmIdentifierFinder().find("SHA256withECDSA");
      BcContentSignerBuilder signer =
          new BcECContentSignerBuilder(
              signature, new DefaultDigestAlgorithmIdentifierFinder().find(signature));
      signer.setSecureRandom(random);
      return builder.build(signer.build(caKey.getPrivate())).getEncoded();
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }
}

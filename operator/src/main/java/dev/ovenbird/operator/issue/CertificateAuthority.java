package dev.ovenbird.operator.issue;

import dev.ovenbird.crds.v1alpha1.Pki;
import dev.ovenbird.operator.plan.InstanceId;
import dev.ovenbird.operator.plan.ServerName;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A cluster's certificate authority. What it issues begins one day back, for clocks that are late,
 * and never outlives it.
 */
public final class CertificateAuthority {
  public static final Duration INSTANCE_VALIDITY = Duration.ofDays(90);

  private static final int CA_YEARS = 20;
  private static final int SERIAL_BITS = 128;

  private final String clusterUid;
  private final X509Certificate certificate;
  private final PrivateKey key;
  private final SecureRandom random;

  private CertificateAuthority(
      String clusterUid, X509Certificate certificate, PrivateKey key, SecureRandom random) {
    this.clusterUid = clusterUid;
    this.certificate = certificate;
    this.key = key;
    this.random = random;
  }

  /** The first one, valid for 20 years. */
  public static CertificateAuthority generate(
      String clusterUid, Pki.PrivateKey kind, SecureRandom random, Instant now) {
    return generate(clusterUid, 1, kind, random, now);
  }

  /** One of a later generation. */
  public static CertificateAuthority generate(
      String clusterUid, int generation, Pki.PrivateKey kind, SecureRandom random, Instant now) {
    KeyPair pair = KeyPairs.generate(kind, random);
    X500Name name =
        name(ServerName.of(clusterUid) + " CA" + (generation == 1 ? "" : " " + generation));
    Instant end = now.atOffset(ZoneOffset.UTC).plusYears(CA_YEARS).toInstant();
    JcaX509v3CertificateBuilder builder =
        builder(name, name, pair.getPublic(), now, end, serial(random));
    try {
      // No path length: a successor's certificate, signed by this one, may stand in between.
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()));
      X509Certificate certificate = sign(builder, pair.getPrivate(), random);
      return new CertificateAuthority(clusterUid, certificate, pair.getPrivate(), random);
    } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
      throw new IllegalStateException("cannot make a certificate authority", e);
    }
  }

  /** One that was made before. */
  public static CertificateAuthority load(
      String clusterUid, String certificatePem, String keyPem, SecureRandom random)
      throws GeneralSecurityException {
    X509Certificate certificate = Pem.certificate(certificatePem);
    return new CertificateAuthority(
        clusterUid, certificate, Pem.privateKey(keyPem, certificate), random);
  }

  public X509Certificate certificate() {
    return certificate;
  }

  public PrivateKey privateKey() {
    return key;
  }

  /** A client's certificate: its CN is the name, its SAN URI what the roster goes by. */
  public Credentials issueClient(
      String clientName, String clientUid, Pki.PrivateKey kind, Duration validity, Instant now) {
    KeyPair pair = KeyPairs.generate(kind, random);
    return new Credentials(
        issueClient(clientName, clientUid, pair.getPublic(), validity, now), pair.getPrivate());
  }

  /** The same for a key that stays with the client. */
  public X509Certificate issueClient(
      String clientName, String clientUid, PublicKey publicKey, Duration validity, Instant now) {
    return issue(
        clientName,
        "urn:ovenbird:" + clusterUid + ":" + clientUid,
        new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth),
        publicKey,
        validity,
        now);
  }

  /** An instance's certificate: the cluster's server name, and both usages for the mesh. */
  public Credentials issueInstance(InstanceId instance, Pki.PrivateKey kind, Instant now) {
    KeyPair pair = KeyPairs.generate(kind, random);
    return new Credentials(
        issueInstance(instance, pair.getPublic(), INSTANCE_VALIDITY, now), pair.getPrivate());
  }

  /** The same for a key that stays with the instance. */
  public X509Certificate issueInstance(
      InstanceId instance, PublicKey publicKey, Duration validity, Instant now) {
    return issue(
        ServerName.of(clusterUid),
        instanceUri(clusterUid, instance),
        new ExtendedKeyUsage(
            new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}),
        publicKey,
        validity,
        now);
  }

  /** The SAN URI that names an instance. */
  public static String instanceUri(String clusterUid, InstanceId instance) {
    return "urn:ovenbird:" + clusterUid + ":instance:" + instance.node() + ":" + instance.lane();
  }

  /**
   * A successor's certificate, signed by this one: who knows only this one accepts by it what the
   * successor issues. Name, key and key identifier are the successor's own.
   */
  public X509Certificate crossSign(X509Certificate successor, Instant now) {
    Instant end = successor.getNotAfter().toInstant();
    Instant last = certificate.getNotAfter().toInstant();
    try {
      JcaX509v3CertificateBuilder builder =
          builder(
              subject(certificate),
              subject(successor),
              successor.getPublicKey(),
              now,
              end.isAfter(last) ? last : end,
              serial(random));
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          new SubjectKeyIdentifier(keyIdentifier(successor)));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new AuthorityKeyIdentifier(keyIdentifier(certificate)));
      return sign(builder, key, random);
    } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
      throw new IllegalStateException(
          "cannot cross-sign " + successor.getSubjectX500Principal(), e);
    }
  }

  /** Whether two thirds of a certificate's time are over. */
  public static boolean isDueForRenewal(X509Certificate certificate, Instant now) {
    Instant start = certificate.getNotBefore().toInstant();
    Duration whole = Duration.between(start, certificate.getNotAfter().toInstant());
    return !now.isBefore(start.plus(whole.multipliedBy(2).dividedBy(3)));
  }

  private X509Certificate issue(
      String commonName,
      String uri,
      ExtendedKeyUsage usage,
      PublicKey publicKey,
      Duration validity,
      Instant now) {
    Instant end = now.plus(validity);
    Instant last = certificate.getNotAfter().toInstant();
    try {
      JcaX509v3CertificateBuilder builder =
          builder(
              subject(certificate),
              name(commonName),
              publicKey,
              now,
              end.isAfter(last) ? last : end,
              serial(random));
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(Extension.extendedKeyUsage, false, usage);
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createSubjectKeyIdentifier(publicKey));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          // Nothing but the key's: a cross certificate has another issuer and serial.
          new AuthorityKeyIdentifier(keyIdentifier(certificate)));
      return sign(builder, key, random);
    } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
      throw new IllegalStateException("cannot issue a certificate for " + commonName, e);
    }
  }

  private static JcaX509v3CertificateBuilder builder(
      X500Name issuer,
      X500Name subject,
      PublicKey publicKey,
      Instant now,
      Instant end,
      BigInteger serial) {
    Instant start = now.minus(Duration.ofDays(1)).truncatedTo(ChronoUnit.SECONDS);
    return new JcaX509v3CertificateBuilder(
        issuer, serial, Date.from(start), Date.from(end), subject, publicKey);
  }

  private static X509Certificate sign(
      JcaX509v3CertificateBuilder builder, PrivateKey key, SecureRandom random)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(
                new JcaContentSignerBuilder(KeyPairs.signature(key))
                    .setSecureRandom(random)
                    .build(key)));
  }

  /** As the certificate has it (not everybody hashes by SHA-1), else as RFC 5280 suggests. */
  private static byte[] keyIdentifier(X509Certificate certificate) throws GeneralSecurityException {
    byte[] extension = certificate.getExtensionValue(Extension.subjectKeyIdentifier.getId());
    return extension == null
        ? new JcaX509ExtensionUtils()
            .createSubjectKeyIdentifier(certificate.getPublicKey())
            .getKeyIdentifier()
        : SubjectKeyIdentifier.getInstance(ASN1OctetString.getInstance(extension).getOctets())
            .getKeyIdentifier();
  }

  private static X500Name subject(X509Certificate certificate) {
    return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
  }

  private static X500Name name(String commonName) {
    return new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, commonName).build();
  }

  private static BigInteger serial(SecureRandom random) {
    BigInteger serial = new BigInteger(SERIAL_BITS, random);
    return serial.signum() == 0 ? BigInteger.ONE : serial;
  }
}

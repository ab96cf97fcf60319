package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.CertException;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.operator.DefaultDigestAlgorithmIdentifierFinder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcContentVerifierProviderBuilder;
import org.bouncycastle.operator.bc.BcECContentVerifierProviderBuilder;
import org.bouncycastle.operator.bc.BcEdDSAContentVerifierProviderBuilder;
import org.bouncycastle.operator.bc.BcRSAContentVerifierProviderBuilder;
import org.jspecify.annotations.Nullable;

/** Signature of one certificate by another, by algorithms that are neither weak nor costly. */
final class CertificateSignature {
  private static final int MIN_RSA_BITS = 2048;
  private static final int MAX_RSA_BITS = 8192;
  private static final int MAX_RSA_EXPONENT_BITS = 33;

  private static final Set<ASN1ObjectIdentifier> EC_SIGNATURES =
      Set.of(
          X9ObjectIdentifiers.ecdsa_with_SHA256,
          X9ObjectIdentifiers.ecdsa_with_SHA384,
          X9ObjectIdentifiers.ecdsa_with_SHA512);
  private static final Set<ASN1ObjectIdentifier> RSA_SIGNATURES =
      Set.of(
          PKCSObjectIdentifiers.sha256WithRSAEncryption,
          PKCSObjectIdentifiers.sha384WithRSAEncryption,
          PKCSObjectIdentifiers.sha512WithRSAEncryption);
  private static final Set<?> CURVES =
      Set.of(
          SECObjectIdentifiers.secp256r1,
          SECObjectIdentifiers.secp384r1,
          SECObjectIdentifiers.secp521r1);

  private CertificateSignature() {}

  static boolean verifies(X509CertificateHolder certificate, X509CertificateHolder issuer) {
    SubjectPublicKeyInfo key = issuer.getSubjectPublicKeyInfo();
    BcContentVerifierProviderBuilder verifier =
        verifier(certificate.getSignatureAlgorithm().getAlgorithm(), key);
    if (verifier == null || !isSound(key)) {
      return false;
    }
    try {
      return certificate.isSignatureValid(verifier.build(issuer));
    } catch (CertException | OperatorCreationException | RuntimeException e) {
      return false;
    }
  }

  /** Whether a key is of a kind, curve and size that we verify signatures with. */
  static boolean isSound(SubjectPublicKeyInfo key) {
    ASN1ObjectIdentifier algorithm = key.getAlgorithm().getAlgorithm();
    if (algorithm.equals(EdECObjectIdentifiers.id_Ed25519)) {
      return true;
    }
    if (algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return key.getAlgorithm().getParameters() != null
          && CURVES.contains(key.getAlgorithm().getParameters());
    }
    if (!algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return false;
    }
    try {
      RSAPublicKey rsa = RSAPublicKey.getInstance(key.parsePublicKey());
      int bits = rsa.getModulus().bitLength();
      return bits >= MIN_RSA_BITS
          && bits <= MAX_RSA_BITS
          && rsa.getPublicExponent().bitLength() <= MAX_RSA_EXPONENT_BITS;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  private static @Nullable BcContentVerifierProviderBuilder verifier(
      ASN1ObjectIdentifier signature, SubjectPublicKeyInfo key) {
    ASN1ObjectIdentifier algorithm = key.getAlgorithm().getAlgorithm();
    DefaultDigestAlgorithmIdentifierFinder digests = new DefaultDigestAlgorithmIdentifierFinder();
    if (EC_SIGNATURES.contains(signature) && algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return new BcECContentVerifierProviderBuilder(digests);
    } else if (RSA_SIGNATURES.contains(signature)
        && algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return new BcRSAContentVerifierProviderBuilder(digests);
    } else if (signature.equals(EdECObjectIdentifiers.id_Ed25519)
        && algorithm.equals(EdECObjectIdentifiers.id_Ed25519)) {
      return new BcEdDSAContentVerifierProviderBuilder();
    }
    return null;
  }
}

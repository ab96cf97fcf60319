package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.math.BigInteger;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.crypto.Tls13Verifier;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.bouncycastle.tls.crypto.TlsEncryptor;
import org.bouncycastle.tls.crypto.TlsVerifier;
import org.jspecify.annotations.Nullable;

/**
 * A certificate that can be let go of when the handshake is through: BouncyCastle keeps the peer's
 * for the life of the session, parsed, 3 KB for each of thousands of idle engines.
 */
final class ForgettableCertificate implements TlsCertificate {
  private @Nullable TlsCertificate parsed;

  ForgettableCertificate(TlsCertificate parsed) {
    this.parsed = parsed;
  }

  /** Nobody asks any more what is in these. */
  static void forget(@Nullable Certificate chain) {
    if (chain != null) {
      for (TlsCertificate each : chain.getCertificateList()) {
        if (each instanceof ForgettableCertificate own) {
          own.parsed = null;
        }
      }
    }
  }

  private TlsCertificate parsed() {
    TlsCertificate there = parsed;
    if (there == null) {
      throw new IllegalStateException("the handshake is over");
    }
    return there;
  }

  @Override
  public TlsEncryptor createEncryptor(int certificateRole) throws IOException {
    return parsed().createEncryptor(certificateRole);
  }

  @Override
  public TlsVerifier createVerifier(short signatureAlgorithm) throws IOException {
    return parsed().createVerifier(signatureAlgorithm);
  }

  @Override
  public Tls13Verifier createVerifier(int signatureScheme) throws IOException {
    return parsed().createVerifier(signatureScheme);
  }

  @Override
  public byte[] getEncoded() throws IOException {
    return parsed().getEncoded();
  }

  @Override
  public byte[] getExtension(ASN1ObjectIdentifier extension) throws IOException {
    return parsed().getExtension(extension);
  }

  @Override
  public BigInteger getSerialNumber() {
    return parsed().getSerialNumber();
  }

  @Override
  public String getSigAlgOID() {
    return parsed().getSigAlgOID();
  }

  @Override
  public ASN1Encodable getSigAlgParams() throws IOException {
    return parsed().getSigAlgParams();
  }

  @Override
  public short getLegacySignatureAlgorithm() throws IOException {
    return parsed().getLegacySignatureAlgorithm();
  }

  @Override
  public boolean supportsSignatureAlgorithm(short signatureAlgorithm) throws IOException {
    return parsed().supportsSignatureAlgorithm(signatureAlgorithm);
  }

  @Override
  public boolean supportsSignatureAlgorithmCA(short signatureAlgorithm) throws IOException {
    return parsed().supportsSignatureAlgorithmCA(signatureAlgorithm);
  }

  @Override
  public TlsCertificate checkUsageInRole(int certificateRole) throws IOException {
    return parsed().checkUsageInRole(certificateRole);
  }
}

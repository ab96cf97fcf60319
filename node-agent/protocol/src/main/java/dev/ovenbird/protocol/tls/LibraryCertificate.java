package dev.ovenbird.protocol.tls;

import dev.ovenbird.protocol.tls.PublicKeyLibrary.Curve;
import java.io.IOException;
import java.io.OutputStream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.tls.SignatureScheme;
import org.bouncycastle.tls.crypto.Tls13Verifier;
import org.bouncycastle.tls.crypto.TlsHash;
import org.bouncycastle.tls.crypto.TlsHashOutputStream;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCertificate;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;

/**
 * A certificate whose holder's signatures of TLS 1.3 a library verifies: ECDSA, and RSA-PSS as most
 * sign. Others are BouncyCastle's.
 */
final class LibraryCertificate extends BcTlsCertificate {
  private final PublicKeyLibrary library;

  LibraryCertificate(BcTlsCrypto crypto, PublicKeyLibrary library, byte[] der) throws IOException {
    super(crypto, der);
    this.library = library;
  }

  @Override
  public Tls13Verifier createVerifier(int signatureScheme) throws IOException {
    Check check = check(signatureScheme);
    if (check == null) {
      return super.createVerifier(signatureScheme);
    }
    validateKeyUsage(KeyUsage.digitalSignature);
    int hash = SignatureScheme.getCryptoHashAlgorithm(signatureScheme);
    return new Verifier(check, crypto.createHash(hash));
  }

  private @Nullable Check check(int signatureScheme) {
    byte[] key = keyInfo.getPublicKeyData().getOctets();
    if (signatureScheme == SignatureScheme.rsa_pss_rsae_sha256 && supportsRSA_PSS_RSAE()) {
      return (digest, signature) -> library.verifiesRsaPss(key, digest, signature);
    }
    Curve curve = curve(signatureScheme);
    return curve == null
        ? null
        : (digest, signature) -> library.verifies(curve, key, digest, signature);
  }

  /** The curve of a scheme, if the key is on that one. */
  private @Nullable Curve curve(int signatureScheme) {
    if (!keyInfo.getAlgorithm().getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return null;
    }
    ASN1Encodable name = keyInfo.getAlgorithm().getParameters();
    return switch (signatureScheme) {
      case SignatureScheme.ecdsa_secp256r1_sha256 ->
          SECObjectIdentifiers.secp256r1.equals(name) ? Curve.P256 : null;
      case SignatureScheme.ecdsa_secp384r1_sha384 ->
          SECObjectIdentifiers.secp384r1.equals(name) ? Curve.P384 : null;
      case SignatureScheme.ecdsa_secp521r1_sha512 ->
          SECObjectIdentifiers.secp521r1.equals(name) ? Curve.P521 : null;
      default -> null;
    };
  }

  private interface Check {
    boolean verifies(byte[] digest, byte[] signature);
  }

  private record Verifier(Check check, TlsHash hash) implements Tls13Verifier {
    @Override
    public OutputStream getOutputStream() {
      return new TlsHashOutputStream(hash);
    }

    @Override
    public boolean verifySignature(byte[] signature) {
      return check.verifies(hash.calculateHash(), signature);
    }
  }
}

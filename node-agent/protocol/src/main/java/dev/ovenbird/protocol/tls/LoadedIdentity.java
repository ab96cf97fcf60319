package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateEntry;
import org.bouncycastle.tls.DefaultTlsCredentialedSigner;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsContext;
import org.bouncycastle.tls.TlsCredentialedSigner;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.impl.bc.BcDefaultTlsCredentialedSigner;
import org.jspecify.annotations.Nullable;

/** A {@link TlsIdentity} read, checked and ready to sign. */
final class LoadedIdentity {
  private final LeanTlsCrypto crypto;
  private final TlsIdentity source;
  private final TlsCertificate[] chain;
  private final AsymmetricKeyParameter key;
  private final AsymmetricKeyParameter publicKey;

  /** Made by the first handshake, so that no start waits for it; then empty or the signer. */
  private volatile @Nullable Optional<LibrarySigner> librarySigner;

  private final List<SignatureAndHashAlgorithm> schemes;

  /**
   * @throws IllegalArgumentException if it cannot be read, or the key is not the leaf's
   */
  LoadedIdentity(LeanTlsCrypto crypto, TlsIdentity identity) {
    if (identity.certificateChainDer().isEmpty()) {
      throw new IllegalArgumentException("an identity without a certificate");
    }
    this.crypto = crypto;
    this.source = identity;
    try {
      List<TlsCertificate> certificates = new ArrayList<>();
      for (byte[] der : identity.certificateChainDer()) {
        certificates.add(crypto.createCertificate(der));
      }
      chain = certificates.toArray(new TlsCertificate[0]);
      key = PrivateKeyFactory.createKey(identity.privateKeyPkcs8());
      X509CertificateHolder leaf =
          new X509CertificateHolder(identity.certificateChainDer().getFirst());
      schemes = schemes(leaf);
      publicKey = PublicKeyFactory.createKey(leaf.getSubjectPublicKeyInfo());
      if (!isKeyOf(publicKey)) {
        throw new IllegalArgumentException("the private key is not the certificate's");
      }
    } catch (IOException | IllegalStateException | ClassCastException e) {
      throw new IllegalArgumentException("cannot read certificate or private key", e);
    }
  }

  boolean isRsa() {
    return key instanceof RSAKeyParameters;
  }

  /** Signs for this handshake by the first scheme that the peer takes. */
  TlsCredentialedSigner signer(TlsContext context, List<?> peerSchemes) throws IOException {
    boolean tls13 = TlsUtils.isTLSv13(context);
    for (SignatureAndHashAlgorithm scheme : schemes) {
      // PKCS #1 signatures exist up to TLS 1.2 only.
      boolean usable = !tls13 || !scheme.equals(SignatureSchemes.RSA_PKCS1_SHA256);
      if (usable && peerSchemes.contains(scheme)) {
        TlsCryptoParameters parameters = new TlsCryptoParameters(context);
        LibrarySigner library = librarySigner();
        return library == null
            ? new BcDefaultTlsCredentialedSigner(
                parameters, crypto, key, certificate(tls13), scheme)
            : new DefaultTlsCredentialedSigner(parameters, library, certificate(tls13), scheme);
      }
    }
    throw new TlsFatalAlert(
        AlertDescription.handshake_failure, "the peer takes no signature that our key can make");
  }

  private @Nullable LibrarySigner librarySigner() {
    Optional<LibrarySigner> made = librarySigner;
    if (made == null) {
      PublicKeyLibrary library = crypto.library();
      made =
          Optional.ofNullable(
              library == null
                  ? null
                  : LibrarySigner.of(library, source.privateKeyPkcs8(), publicKey));
      librarySigner = made;
    }
    return made.orElse(null);
  }

  private Certificate certificate(boolean tls13) {
    if (!tls13) {
      return new Certificate(chain);
    }
    CertificateEntry[] entries =
        Arrays.stream(chain)
            .map(certificate -> new CertificateEntry(certificate, null))
            .toArray(CertificateEntry[]::new);
    return new Certificate(TlsUtils.EMPTY_BYTES, entries);
  }

  private List<SignatureAndHashAlgorithm> schemes(X509CertificateHolder leaf) {
    if (key instanceof RSAKeyParameters) {
      return List.of(
          SignatureAndHashAlgorithm.rsa_pss_rsae_sha256, SignatureSchemes.RSA_PKCS1_SHA256);
    } else if (key instanceof Ed25519PrivateKeyParameters) {
      return List.of(SignatureAndHashAlgorithm.ed25519);
    } else if (key instanceof ECPrivateKeyParameters) {
      ASN1ObjectIdentifier curve =
          ASN1ObjectIdentifier.getInstance(
              leaf.getSubjectPublicKeyInfo().getAlgorithm().getParameters());
      if (curve.equals(SECObjectIdentifiers.secp256r1)) {
        return List.of(SignatureSchemes.ECDSA_P256);
      } else if (curve.equals(SECObjectIdentifiers.secp384r1)) {
        return List.of(SignatureSchemes.ECDSA_P384);
      } else if (curve.equals(SECObjectIdentifiers.secp521r1)) {
        return List.of(SignatureSchemes.ECDSA_P521);
      }
    }
    throw new IllegalArgumentException(
        "a private key is EC on P-256, P-384 or P-521, RSA or Ed25519");
  }

  private boolean isKeyOf(AsymmetricKeyParameter publicKey) {
    return switch (key) {
      case RSAKeyParameters rsa ->
          publicKey instanceof RSAKeyParameters own && own.getModulus().equals(rsa.getModulus());
      case Ed25519PrivateKeyParameters ed ->
          publicKey instanceof Ed25519PublicKeyParameters own
              && Arrays.equals(own.getEncoded(), ed.generatePublicKey().getEncoded());
      case ECPrivateKeyParameters ec ->
          publicKey instanceof ECPublicKeyParameters own
              && new FixedPointCombMultiplier()
                  .multiply(ec.getParameters().getG(), ec.getD())
                  .equals(own.getQ());
      default -> false;
    };
  }
}

package dev.ovenbird.protocol.tls;

import dev.ovenbird.protocol.tls.PublicKeyLibrary.Curve;
import dev.ovenbird.protocol.tls.PublicKeyLibrary.Scheme;
import dev.ovenbird.protocol.tls.PublicKeyLibrary.SigningKey;
import java.io.IOException;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.RSADigestSigner;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.SignatureAlgorithm;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.crypto.TlsSigner;
import org.bouncycastle.tls.crypto.TlsStreamSigner;
import org.jspecify.annotations.Nullable;

/** Signs handshakes by a library's copy of the key. */
final class LibrarySigner implements TlsSigner {
  private final SigningKey key;

  private LibrarySigner(SigningKey key) {
    this.key = key;
  }

  /**
   * Hands the key to the library.
   *
   * @return null if the library does not take such keys, or signs with it what the certificate's
   *     key does not verify
   */
  static @Nullable LibrarySigner of(
      PublicKeyLibrary library, byte[] pkcs8, AsymmetricKeyParameter publicKey) {
    if (!(publicKey instanceof ECPublicKeyParameters || publicKey instanceof RSAKeyParameters)) {
      return null;
    }
    SigningKey key = library.signingKey(pkcs8);
    return key != null && isRight(library, key, publicKey) ? new LibrarySigner(key) : null;
  }

  private static boolean isRight(
      PublicKeyLibrary library, SigningKey key, AsymmetricKeyParameter publicKey) {
    byte[] message = {1, 2, 3};
    SHA256Digest sha256 = new SHA256Digest();
    sha256.update(message, 0, message.length);
    byte[] digest = new byte[sha256.getDigestSize()];
    sha256.doFinal(digest, 0);
    if (publicKey instanceof ECPublicKeyParameters ec) {
      Curve curve =
          switch (ec.getParameters().getCurve().getFieldSize()) {
            case 256 -> Curve.P256;
            case 384 -> Curve.P384;
            default -> Curve.P521;
          };
      byte[] signature = key.sign(Scheme.ECDSA, digest);
      return signature != null
          && library.verifies(curve, ec.getQ().getEncoded(false), digest, signature);
    }
    byte[] signature = key.sign(Scheme.RSA_PKCS1_SHA256, digest);
    RSADigestSigner verifier = new RSADigestSigner(new SHA256Digest());
    verifier.init(false, publicKey);
    verifier.update(message, 0, message.length);
    return signature != null && verifier.verifySignature(signature);
  }

  @Override
  public byte[] generateRawSignature(SignatureAndHashAlgorithm algorithm, byte[] hash)
      throws IOException {
    Scheme scheme =
        switch (algorithm.getSignature()) {
          case SignatureAlgorithm.ecdsa -> Scheme.ECDSA;
          case SignatureAlgorithm.rsa_pss_rsae_sha256 -> Scheme.RSA_PSS_SHA256;
          case SignatureAlgorithm.rsa -> Scheme.RSA_PKCS1_SHA256;
          default -> throw new TlsFatalAlert(AlertDescription.internal_error);
        };
    byte[] signature = key.sign(scheme, hash);
    if (signature == null) {
      throw new TlsFatalAlert(AlertDescription.internal_error, "the key does not sign");
    }
    return signature;
  }

  /** A digest is all that is signed. */
  @Override
  public @Nullable TlsStreamSigner getStreamSigner(SignatureAndHashAlgorithm algorithm) {
    return null;
  }
}

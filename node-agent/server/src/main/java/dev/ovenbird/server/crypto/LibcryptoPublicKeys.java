package dev.ovenbird.server.crypto;

import dev.ovenbird.linux.crypto.AeadContext;
import dev.ovenbird.linux.crypto.EcCurve;
import dev.ovenbird.linux.crypto.RsaVerification;
import dev.ovenbird.linux.crypto.SignatureAlgorithm;
import dev.ovenbird.linux.crypto.X25519Key;
import dev.ovenbird.protocol.tls.PublicKeyLibrary;
import org.jspecify.annotations.Nullable;

/**
 * {@link PublicKeyLibrary} on libcrypto. {@link PublicKeyChoice} says whether it is there and
 * right.
 */
final class LibcryptoPublicKeys implements PublicKeyLibrary {
  @Override
  public String name() {
    return "libcrypto (" + AeadContext.library().orElse("absent") + ")";
  }

  @Override
  public @Nullable SigningKey signingKey(byte[] pkcs8) {
    dev.ovenbird.linux.crypto.SigningKey key = dev.ovenbird.linux.crypto.SigningKey.read(pkcs8);
    return key == null ? null : (scheme, digest) -> key.sign(algorithm(scheme), digest);
  }

  private static SignatureAlgorithm algorithm(Scheme scheme) {
    return switch (scheme) {
      case ECDSA -> SignatureAlgorithm.ECDSA;
      case RSA_PSS_SHA256 -> SignatureAlgorithm.RSA_PSS_SHA256;
      case RSA_PKCS1_SHA256 -> SignatureAlgorithm.RSA_PKCS1_SHA256;
    };
  }

  @Override
  public boolean verifies(Curve curve, byte[] point, byte[] digest, byte[] signature) {
    EcCurve own =
        switch (curve) {
          case P256 -> EcCurve.P256;
          case P384 -> EcCurve.P384;
          case P521 -> EcCurve.P521;
        };
    return own.verifies(point, digest, signature);
  }

  @Override
  public boolean verifiesRsaPss(byte[] publicKey, byte[] digest, byte[] signature) {
    return RsaVerification.verifies(
        SignatureAlgorithm.RSA_PSS_SHA256, publicKey, digest, signature);
  }

  @Override
  public Ephemeral x25519(byte[] privateKey) {
    return new OwnEphemeral(new X25519Key(privateKey));
  }

  private record OwnEphemeral(X25519Key key) implements Ephemeral {
    @Override
    public byte[] publicKey() {
      return key.publicKey();
    }

    @Override
    public byte @Nullable [] secret(byte[] peer) {
      return key.secret(peer);
    }

    @Override
    public void close() {
      key.close();
    }
  }
}

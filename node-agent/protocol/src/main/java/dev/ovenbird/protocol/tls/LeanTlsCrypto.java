package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.function.Supplier;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.modes.AEADBlockCipher;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.modes.gcm.BasicGCMMultiplier;
import org.bouncycastle.tls.CertificateType;
import org.bouncycastle.tls.NamedGroup;
import org.bouncycastle.tls.crypto.CryptoHashAlgorithm;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.bouncycastle.tls.crypto.TlsECConfig;
import org.bouncycastle.tls.crypto.TlsECDomain;
import org.bouncycastle.tls.crypto.TlsNonceGenerator;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;

/**
 * BouncyCastle's own crypto without the multiplication tables of AES-GCM: 14 instead of 23 KB for
 * each of thousands of idle engines (tls.md), and no key-dependent table look-ups. With the JDK's
 * hashes, and with a {@link PublicKeyLibrary} if there is one.
 */
final class LeanTlsCrypto extends BcTlsCrypto {
  private final Supplier<@Nullable PublicKeyLibrary> library;

  /**
   * @param library asked in handshakes, from any thread; may give null
   */
  LeanTlsCrypto(SecureRandom random, Supplier<@Nullable PublicKeyLibrary> library) {
    super(random);
    this.library = library;
  }

  /** Who is to do the costly part; null = BouncyCastle. */
  @Nullable PublicKeyLibrary library() {
    return library.get();
  }

  @Override
  public TlsECDomain createECDomain(TlsECConfig config) {
    PublicKeyLibrary faster = library();
    return config.getNamedGroup() == NamedGroup.x25519 && faster != null
        ? () -> new X25519Agreement(this, faster)
        : super.createECDomain(config);
  }

  @Override
  public TlsCertificate createCertificate(short type, byte[] encoding) throws IOException {
    PublicKeyLibrary faster = type == CertificateType.X509 ? library() : null;
    return new ForgettableCertificate(
        faster == null
            ? super.createCertificate(type, encoding)
            : new LibraryCertificate(this, faster, encoding));
  }

  @Override
  public Digest createDigest(int algorithm) {
    return switch (algorithm) {
      case CryptoHashAlgorithm.sha256 -> JdkDigest.SHA256.copy();
      case CryptoHashAlgorithm.sha384 -> JdkDigest.SHA384.copy();
      case CryptoHashAlgorithm.sha512 -> JdkDigest.SHA512.copy();
      default -> super.createDigest(algorithm);
    };
  }

  @Override
  public Digest cloneDigest(int algorithm, Digest digest) {
    return digest instanceof JdkDigest own ? own.copy() : super.cloneDigest(algorithm, digest);
  }

  @Override
  protected AEADBlockCipher createAEADBlockCipher_AES_GCM() {
    return GCMBlockCipher.newInstance(createAESEngine(), new BasicGCMMultiplier());
  }

  /** Straight from our own random source, without BC's clock-seeded generator in between. */
  @Override
  public TlsNonceGenerator createNonceGenerator(byte[] additionalSeedMaterial) {
    SecureRandom random = getSecureRandom();
    return size -> {
      byte[] nonce = new byte[size];
      random.nextBytes(nonce);
      return nonce;
    };
  }
}

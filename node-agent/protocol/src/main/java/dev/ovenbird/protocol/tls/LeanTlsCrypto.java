package dev.ovenbird.protocol.tls;

import java.security.SecureRandom;
import org.bouncycastle.crypto.modes.AEADBlockCipher;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.modes.gcm.BasicGCMMultiplier;
import org.bouncycastle.tls.crypto.TlsNonceGenerator;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;

/**
 * BouncyCastle's own crypto without the multiplication tables of AES-GCM: 14 instead of 23 KB for
 * each of thousands of idle engines (tls.md), and no key-dependent table look-ups.
 */
final class LeanTlsCrypto extends BcTlsCrypto {
  LeanTlsCrypto(SecureRandom random) {
    super(random);
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

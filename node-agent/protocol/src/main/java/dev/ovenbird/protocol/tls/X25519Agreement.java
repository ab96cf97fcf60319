package dev.ovenbird.protocol.tls;

import dev.ovenbird.protocol.tls.PublicKeyLibrary.Ephemeral;
import java.io.IOException;
import java.util.Arrays;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.crypto.TlsAgreement;
import org.bouncycastle.tls.crypto.TlsSecret;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;

/** X25519 by a library, with BouncyCastle's alerts. */
final class X25519Agreement implements TlsAgreement {
  private static final int KEY_BYTES = 32;

  private final BcTlsCrypto crypto;
  private final PublicKeyLibrary library;
  private @Nullable Ephemeral own;
  private byte @Nullable [] peer;

  X25519Agreement(BcTlsCrypto crypto, PublicKeyLibrary library) {
    this.crypto = crypto;
    this.library = library;
  }

  @Override
  public byte[] generateEphemeral() {
    byte[] privateKey = new byte[KEY_BYTES];
    crypto.getSecureRandom().nextBytes(privateKey);
    try {
      Ephemeral made = library.x25519(privateKey);
      own = made;
      return made.publicKey();
    } finally {
      Arrays.fill(privateKey, (byte) 0);
    }
  }

  @Override
  public void receivePeerValue(byte @Nullable [] value) throws IOException {
    if (value == null || value.length != KEY_BYTES) {
      throw new TlsFatalAlert(AlertDescription.illegal_parameter);
    }
    peer = value.clone();
  }

  @Override
  public TlsSecret calculateSecret() throws IOException {
    if (own == null || peer == null) {
      throw new TlsFatalAlert(AlertDescription.internal_error);
    }
    try (Ephemeral key = own) {
      byte[] secret = key.secret(peer);
      if (secret == null) {
        throw new TlsFatalAlert(AlertDescription.handshake_failure);
      }
      TlsSecret made = crypto.createSecret(secret);
      Arrays.fill(secret, (byte) 0);
      return made;
    } finally {
      own = null;
    }
  }
}

package dev.ovenbird.server.crypto;

import dev.ovenbird.linux.crypto.AeadAlgorithm;
import dev.ovenbird.linux.crypto.AeadContext;
import dev.ovenbird.protocol.data.Aead;
import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.DataCipher;

/** {@link Aead}s on libcrypto: no garbage, no copy. {@link AeadChoice} says whether it is there. */
public final class LibcryptoAeadProvider implements AeadProvider {
  @Override
  public String name() {
    return "libcrypto (" + AeadContext.library().orElse("absent") + ")";
  }

  @Override
  public Aead create(DataCipher cipher, byte[] key, boolean forSealing) {
    AeadAlgorithm algorithm =
        switch (cipher) {
          case AES_256_GCM -> AeadAlgorithm.AES_256_GCM;
          case AES_128_GCM -> AeadAlgorithm.AES_128_GCM;
          case CHACHA20_POLY1305 -> AeadAlgorithm.CHACHA20_POLY1305;
          case AES_256_CBC, AES_128_CBC ->
              throw new IllegalArgumentException(cipher + " is no AEAD");
        };
    return new LibcryptoAead(AeadContext.create(algorithm, key, forSealing));
  }
}

package dev.ovenbird.server.crypto;

import dev.ovenbird.linux.crypto.AeadContext;
import dev.ovenbird.protocol.tls.PublicKeyLibrary;
import dev.ovenbird.protocol.tls.PublicKeyLibrary.Curve;
import dev.ovenbird.protocol.tls.PublicKeyLibrary.Ephemeral;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Who does the costly part of handshakes, decided once, by the first handshake: linking native
 * functions takes a start's time. libcrypto if it is there and computes what RFCs say, else
 * BouncyCastle, which always works. Each private key is tried too, when it is handed over.
 */
public final class PublicKeyChoice {
  private static final HexFormat HEX = HexFormat.of();

  /** RFC 6979, A.2.5: P-256, SHA-256 of {@code sample}. */
  private static final String POINT =
      "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
          + "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

  private static final String DIGEST =
      "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf";
  private static final String SIGNATURE =
      "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
          + "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

  /** RFC 7748, 5.2. */
  private static final String OURS =
      "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4";

  private static final String PEER =
      "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c";
  private static final String SECRET =
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552";

  private PublicKeyChoice() {}

  /** Made when it is asked for first. */
  private static final class Chosen {
    static final @Nullable PublicKeyLibrary LIBRARY = choose();
  }

  /** The fastest that is right on this machine; null = BouncyCastle. */
  public static @Nullable PublicKeyLibrary best() {
    return Chosen.LIBRARY;
  }

  private static @Nullable PublicKeyLibrary choose() {
    if (AeadContext.library().isEmpty()) {
      return null;
    }
    PublicKeyLibrary libcrypto = new LibcryptoPublicKeys();
    try {
      return isRight(libcrypto) ? libcrypto : null;
    } catch (IllegalStateException lacksAFunction) {
      return null;
    }
  }

  /** Whether it gives known answers, and refuses what is wrong. */
  static boolean isRight(PublicKeyLibrary library) {
    byte[] point = HEX.parseHex(POINT);
    byte[] digest = HEX.parseHex(DIGEST);
    byte[] signature = HEX.parseHex(SIGNATURE);
    if (!library.verifies(Curve.P256, point, digest, signature)) {
      return false;
    }
    digest[0] ^= 1;
    if (library.verifies(Curve.P256, point, digest, signature)) {
      return false;
    }
    byte[] base = new byte[32];
    base[0] = 9;
    try (Ephemeral key = library.x25519(HEX.parseHex(OURS))) {
      return Arrays.equals(key.secret(HEX.parseHex(PEER)), HEX.parseHex(SECRET))
          && Arrays.equals(key.publicKey(), key.secret(base))
          && key.secret(new byte[32]) == null;
    }
  }
}

package dev.ovenbird.linux.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Public keys of libcrypto beside the JDK's. */
class PublicKeysTest {
  private static final byte[] MESSAGE = "Ovenbird".getBytes(StandardCharsets.UTF_8);

  private static KeyPair pair(String algorithm, String curve) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    if (algorithm.equals("EC")) {
      generator.initialize(new ECGenParameterSpec(curve));
    } else {
      generator.initialize(2048);
    }
    return generator.generateKeyPair();
  }

  private static byte[] digest(String algorithm) throws GeneralSecurityException {
    return MessageDigest.getInstance(algorithm).digest(MESSAGE);
  }

  private static SigningKey key(KeyPair pair) {
    return Objects.requireNonNull(SigningKey.read(pair.getPrivate().getEncoded()));
  }

  private static byte[] signed(KeyPair pair, byte[] digest) {
    return Objects.requireNonNull(key(pair).sign(SignatureAlgorithm.ECDSA, digest));
  }

  /** The end of the SubjectPublicKeyInfo: an uncompressed point. */
  private static byte[] point(KeyPair pair, EcCurve curve) {
    int coordinate =
        switch (curve) {
          case P256 -> 32;
          case P384 -> 48;
          case P521 -> 66;
        };
    byte[] spki = pair.getPublic().getEncoded();
    return Arrays.copyOfRange(spki, spki.length - 1 - 2 * coordinate, spki.length);
  }

  @ParameterizedTest
  @CsvSource({"P256,secp256r1,256", "P384,secp384r1,384", "P521,secp521r1,512"})
  void each_verifies_what_the_other_signs_by_ecdsa(EcCurve curve, String name, int bits)
      throws GeneralSecurityException {
    KeyPair pair = pair("EC", name);
    byte[] digest = digest("SHA-" + bits);
    byte[] point = point(pair, curve);
    Signature jdk = Signature.getInstance("SHA" + bits + "withECDSA");

    byte[] ours = signed(pair, digest);
    jdk.initVerify(pair.getPublic());
    jdk.update(MESSAGE);
    assertThat(jdk.verify(ours)).isTrue();
    assertThat(curve.verifies(point, digest, ours)).isTrue();

    jdk.initSign(pair.getPrivate());
    jdk.update(MESSAGE);
    byte[] theirs = jdk.sign();
    assertThat(curve.verifies(point, digest, theirs)).isTrue();
    digest[5] ^= 1;
    assertThat(curve.verifies(point, digest, theirs)).isFalse();
  }

  @Test
  void jdk_verifies_rsa_signatures() throws GeneralSecurityException {
    KeyPair pair = pair("RSA", "");
    byte[] digest = digest("SHA-256");
    Signature pss = Signature.getInstance("RSASSA-PSS");
    pss.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
    pss.initVerify(pair.getPublic());
    pss.update(MESSAGE);
    assertThat(pss.verify(key(pair).sign(SignatureAlgorithm.RSA_PSS_SHA256, digest))).isTrue();

    Signature pkcs1 = Signature.getInstance("SHA256withRSA");
    pkcs1.initVerify(pair.getPublic());
    pkcs1.update(MESSAGE);
    assertThat(pkcs1.verify(key(pair).sign(SignatureAlgorithm.RSA_PKCS1_SHA256, digest))).isTrue();
  }

  @Test
  void each_verifies_what_the_other_signs_by_rsa_pss() throws GeneralSecurityException {
    KeyPair pair = pair("RSA", "");
    byte[] digest = digest("SHA-256");
    // The SubjectPublicKeyInfo of a key of 2048 bits begins with 24 bytes of names and lengths.
    byte[] spki = pair.getPublic().getEncoded();
    byte[] publicKey = Arrays.copyOfRange(spki, 24, spki.length);
    Signature pss = Signature.getInstance("RSASSA-PSS");
    pss.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
    pss.initSign(pair.getPrivate());
    pss.update(MESSAGE);
    byte[] theirs = pss.sign();
    assertThat(verifiesRsa(publicKey, digest, theirs)).isTrue();

    for (int length = 0; length < publicKey.length; length++) {
      assertThat(verifiesRsa(Arrays.copyOf(publicKey, length), digest, theirs)).isFalse();
    }
    for (int length = 0; length < theirs.length; length++) {
      assertThat(verifiesRsa(publicKey, digest, Arrays.copyOf(theirs, length))).isFalse();
    }
    assertThat(verifiesRsa(publicKey, new byte[0], theirs)).isFalse();
    assertThat(verifiesRsa(publicKey, digest, new byte[5000])).isFalse();
    // Modulus 0 and 1, exponent 0 and 1.
    for (String key : List.of("3006020100020100", "3006020101020101", "3006020100020103")) {
      assertThat(verifiesRsa(HexFormat.of().parseHex(key), digest, theirs)).isFalse();
    }
    Random random = new Random(11);
    for (int i = 0; i < 500; i++) {
      byte[] noise = publicKey.clone();
      noise[random.nextInt(noise.length)] ^= (byte) (1 + random.nextInt(255));
      assertThat(verifiesRsa(noise, digest, theirs)).isFalse();
    }
    theirs[9] ^= 1;
    assertThat(verifiesRsa(publicKey, digest, theirs)).isFalse();
  }

  private static boolean verifiesRsa(byte[] publicKey, byte[] digest, byte[] signature) {
    return RsaVerification.verifies(
        SignatureAlgorithm.RSA_PSS_SHA256, publicKey, digest, signature);
  }

  @Test
  void key_signs_by_its_own_algorithm_only() throws GeneralSecurityException {
    byte[] digest = digest("SHA-256");
    assertThat(key(pair("EC", "secp256r1")).sign(SignatureAlgorithm.RSA_PSS_SHA256, digest))
        .isNull();
    assertThat(key(pair("RSA", "")).sign(SignatureAlgorithm.RSA_PSS_SHA256, new byte[7])).isNull();
  }

  @Test
  void malformed_private_keys_are_refused() throws GeneralSecurityException {
    byte[] good = pair("EC", "secp256r1").getPrivate().getEncoded();
    assertThat(SigningKey.read(new byte[0])).isNull();
    for (int length = 0; length < good.length; length++) {
      assertThat(SigningKey.read(Arrays.copyOf(good, length))).isNull();
    }
    // A length of 2^31 bytes.
    assertThat(SigningKey.read(HexFormat.of().parseHex("30847fffffff0201"))).isNull();
  }

  @ParameterizedTest
  @EnumSource(EcCurve.class)
  void malformed_points_and_signatures_verify_nothing(EcCurve curve)
      throws GeneralSecurityException {
    String name = "secp" + curve.name().substring(1) + "r1";
    KeyPair pair = pair("EC", name);
    byte[] digest = digest("SHA-256");
    byte[] point = point(pair, curve);
    byte[] signature = signed(pair, digest);
    assertThat(curve.verifies(point, digest, signature)).isTrue();

    for (int length = 0; length < point.length; length++) {
      assertThat(curve.verifies(Arrays.copyOf(point, length), digest, signature)).isFalse();
    }
    byte[] off = point.clone();
    off[off.length - 1] ^= 1;
    assertThat(curve.verifies(off, digest, signature)).isFalse();
    // The point at infinity.
    assertThat(curve.verifies(new byte[1], digest, signature)).isFalse();
    assertThat(curve.verifies(new byte[point.length + 1000], digest, signature)).isFalse();

    for (int length = 0; length < signature.length; length++) {
      assertThat(curve.verifies(point, digest, Arrays.copyOf(signature, length))).isFalse();
    }
    assertThat(curve.verifies(point, digest, HexFormat.of().parseHex("3006020100020100")))
        .isFalse();
    assertThat(curve.verifies(point, new byte[0], signature)).isFalse();
    Random random = new Random(7);
    for (int i = 0; i < 500; i++) {
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      assertThat(curve.verifies(point, digest, noise)).isFalse();
      assertThat(curve.verifies(noise, digest, signature)).isFalse();
    }
    assertThat(curve.verifies(point, digest, signature)).isTrue();
  }

  @Test
  void x25519_gives_the_secrets_of_rfc_7748() {
    HexFormat hex = HexFormat.of();
    byte[] alice = hex.parseHex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    byte[] peer = hex.parseHex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    try (X25519Key key = new X25519Key(alice)) {
      assertThat(key.secret(peer))
          .asHexString()
          .isEqualToIgnoringCase(
              "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    }
  }

  @Test
  void both_sides_of_x25519_know_the_same() {
    byte[] one = new byte[32];
    byte[] two = new byte[32];
    Random random = new Random(9);
    for (int i = 0; i < 50; i++) {
      random.nextBytes(one);
      random.nextBytes(two);
      try (X25519Key ours = new X25519Key(one);
          X25519Key theirs = new X25519Key(two)) {
        assertThat(ours.secret(theirs.publicKey())).isEqualTo(theirs.secret(ours.publicKey()));
      }
    }
  }

  /** Points of small order: 0, 1, and one of order 8 (RFC 7748, 7). */
  @ParameterizedTest
  @CsvSource({
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
  })
  void secret_of_all_zero_is_refused(String peer) {
    try (X25519Key key = new X25519Key(new byte[32])) {
      assertThat(key.secret(HexFormat.of().parseHex(peer))).isNull();
      assertThat(key.publicKey()).hasSize(32);
    }
  }

  @Test
  void closed_key_and_keys_of_another_length_are_refused() {
    X25519Key key = new X25519Key(new byte[32]);
    assertThatThrownBy(() -> key.secret(new byte[31]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not 31");
    assertThatThrownBy(() -> new X25519Key(new byte[33]))
        .isInstanceOf(IllegalArgumentException.class);
    key.close();
    key.close();
    assertThatThrownBy(key::publicKey).isInstanceOf(IllegalStateException.class);
  }
}

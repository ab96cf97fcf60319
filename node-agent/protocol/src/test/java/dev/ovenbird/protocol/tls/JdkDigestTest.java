package dev.ovenbird.protocol.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.tls.crypto.CryptoHashAlgorithm;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JdkDigestTest {
  private static final BcTlsCrypto OURS = new LeanTlsCrypto(new SecureRandom(), () -> null);
  private static final BcTlsCrypto REFERENCE = new BcTlsCrypto(new SecureRandom());
  private static final byte[] TEXT = "Ovenbird, ".repeat(40).getBytes(StandardCharsets.UTF_8);

  @ParameterizedTest
  @ValueSource(
      ints = {CryptoHashAlgorithm.sha256, CryptoHashAlgorithm.sha384, CryptoHashAlgorithm.sha512})
  void hashes_and_their_copies_are_bouncycastles(int algorithm) {
    Digest ours = OURS.createDigest(algorithm);
    Digest reference = REFERENCE.createDigest(algorithm);
    assertThat(ours).isInstanceOf(JdkDigest.class);
    for (int length : new int[] {0, 1, 63, 64, 111, 112, 128, TEXT.length}) {
      ours.update(TEXT, 0, length);
      ours.update((byte) 7);
      reference.update(TEXT, 0, length);
      reference.update((byte) 7);
      assertThat(finished(OURS.cloneDigest(algorithm, ours)))
          .isEqualTo(finished(REFERENCE.cloneDigest(algorithm, reference)));
    }
    assertThat(finished(ours)).isEqualTo(finished(reference));
    // Finishing begins anew.
    assertThat(finished(ours)).isEqualTo(finished(reference));
  }

  @ParameterizedTest
  @ValueSource(
      ints = {CryptoHashAlgorithm.sha256, CryptoHashAlgorithm.sha384, CryptoHashAlgorithm.sha512})
  void macs_are_bouncycastles_time_after_time(int algorithm) {
    HMac ours = new HMac(OURS.createDigest(algorithm));
    HMac reference = new HMac(REFERENCE.createDigest(algorithm));
    for (int key : new int[] {16, 48, 200}) {
      ours.init(new KeyParameter(TEXT, 0, key));
      reference.init(new KeyParameter(TEXT, 0, key));
      for (int i = 0; i < 3; i++) {
        ours.update(TEXT, 0, 100 * i);
        reference.update(TEXT, 0, 100 * i);
        byte[] mac = new byte[ours.getMacSize()];
        byte[] expected = new byte[reference.getMacSize()];
        ours.doFinal(mac, 0);
        reference.doFinal(expected, 0);
        assertThat(mac).isEqualTo(expected);
      }
    }
  }

  private static byte[] finished(Digest digest) {
    byte[] out = new byte[digest.getDigestSize()];
    digest.doFinal(out, 0);
    return out;
  }
}

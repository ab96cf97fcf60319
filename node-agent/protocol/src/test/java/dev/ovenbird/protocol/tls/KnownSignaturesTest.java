package dev.ovenbird.protocol.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.tls.TestPki.Ca;
import dev.ovenbird.protocol.tls.TestPki.Certificate;
import java.io.IOException;
import java.security.KeyPair;
import org.bouncycastle.cert.X509CertificateHolder;
import org.junit.jupiter.api.Test;

class KnownSignaturesTest {
  private static final Ca CA = TestPki.ca("test CA", "EC256");
  private static final KeyPair KEYS = TestPki.keys("EC256");

  private final KnownSignatures signatures = new KnownSignatures(2);

  private static byte[] signed(String name) {
    return new Certificate(name, KEYS.getPublic()).sign(CA.name(), CA.keys());
  }

  private boolean verifies(byte[] certificate, byte[] issuer) throws IOException {
    return signatures.verifies(
        new X509CertificateHolder(certificate), new X509CertificateHolder(issuer));
  }

  @Test
  void a_good_one_is_kept_and_stays_good() throws IOException {
    byte[] alice = signed("alice");
    assertThat(verifies(alice, CA.der())).isTrue();
    assertThat(verifies(alice, CA.der())).isTrue();
    assertThat(signatures.size()).isEqualTo(1);
  }

  @Test
  void a_known_certificate_with_one_bit_changed_is_bad_and_not_kept() throws IOException {
    byte[] alice = signed("alice");
    assertThat(verifies(alice, CA.der())).isTrue();
    byte[] forged = alice.clone();
    forged[forged.length - 1] ^= 1;
    assertThat(verifies(forged, CA.der())).isFalse();
    assertThat(verifies(forged, CA.der())).isFalse();
    assertThat(signatures.size()).isEqualTo(1);
  }

  @Test
  void a_known_certificate_is_bad_by_another_authority_of_the_same_name() throws IOException {
    byte[] alice = signed("alice");
    assertThat(verifies(alice, CA.der())).isTrue();
    assertThat(verifies(alice, TestPki.ca("test CA", "EC256").der())).isFalse();
  }

  @Test
  void those_not_used_for_longest_are_forgotten() throws IOException {
    for (String name : new String[] {"alice", "bob", "carol", "dave"}) {
      assertThat(verifies(signed(name), CA.der())).isTrue();
    }
    assertThat(signatures.size()).isEqualTo(2);
  }
}

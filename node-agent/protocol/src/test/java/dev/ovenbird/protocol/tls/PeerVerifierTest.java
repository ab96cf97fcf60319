package dev.ovenbird.protocol.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.tls.TestPki.Ca;
import dev.ovenbird.protocol.tls.TestPki.Certificate;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.TlsFatalAlert;
import org.junit.jupiter.api.Test;

class PeerVerifierTest {
  private static final Ca CA = TestPki.ca("test CA", "EC256");
  private static final KeyPair KEYS = TestPki.keys("EC256");

  private final PeerVerifier verifier = verifier(CA.der());

  private static PeerVerifier verifier(byte[]... anchors) {
    return new PeerVerifier(
        PeerTrust.authorities(List.of(anchors)), KeyPurposeId.id_kp_clientAuth, () -> TestPki.NOW);
  }

  private static Certificate alice() {
    Certificate certificate = new Certificate("alice", KEYS.getPublic());
    certificate.purpose = KeyPurposeId.id_kp_clientAuth;
    return certificate;
  }

  private static byte[] signed(Certificate certificate) {
    return certificate.sign(CA.name(), CA.keys());
  }

  private static void refused(PeerVerifier verifier, short alert, byte[]... chain) {
    assertThatThrownBy(() -> verifier.verify(List.of(chain)))
        .isInstanceOfSatisfying(
            TlsFatalAlert.class,
            e ->
                assertThat(AlertDescription.getName(e.getAlertDescription()))
                    .isEqualTo(AlertDescription.getName(alert)));
  }

  @Test
  void a_good_leaf_is_described() throws Exception {
    assertThat(verifier.verify(List.of(signed(alice()))).commonName()).isEqualTo("alice");
  }

  @Test
  void names_are_made_printable_and_cut() throws Exception {
    Certificate odd = new Certificate("al\u0001ice\u00e4" + "x".repeat(80), KEYS.getPublic());
    odd.purpose = KeyPurposeId.id_kp_clientAuth;
    assertThat(verifier.verify(List.of(signed(odd))).commonName())
        .hasSize(64)
        .startsWith("al_ice_xxx");
  }

  @Test
  void dates_are_checked_at_both_ends() throws Exception {
    Certificate certificate = alice();
    certificate.notAfter = TestPki.NOW - 1;
    refused(verifier, AlertDescription.certificate_expired, signed(certificate));
    certificate.notAfter = TestPki.NOW;
    assertThat(verifier.verify(List.of(signed(certificate)))).isNotNull();
    certificate.notAfter = TestPki.NOW + 9;
    certificate.notBefore = TestPki.NOW + 1;
    refused(verifier, AlertDescription.certificate_expired, signed(certificate));
  }

  @Test
  void purpose_and_usage_must_fit() {
    Certificate server = alice();
    server.purpose = KeyPurposeId.id_kp_serverAuth;
    refused(verifier, AlertDescription.unsupported_certificate, signed(server));
    Certificate none = alice();
    none.purpose = null;
    refused(verifier, AlertDescription.unsupported_certificate, signed(none));
    Certificate noSignatures = alice();
    noSignatures.usage = KeyUsage.keyEncipherment;
    refused(verifier, AlertDescription.unsupported_certificate, signed(noSignatures));
    Certificate ca = alice();
    ca.constraints = new BasicConstraints(true);
    refused(verifier, AlertDescription.unsupported_certificate, signed(ca));
    Certificate strange = alice();
    strange.strangeCritical = new ASN1ObjectIdentifier("1.2.3.4");
    refused(verifier, AlertDescription.unsupported_certificate, signed(strange));
  }

  @Test
  void another_ca_of_the_same_name_is_unknown() {
    Ca impostor = TestPki.ca(CA.name(), "EC256");
    refused(
        verifier,
        AlertDescription.unknown_ca,
        alice().sign(impostor.name(), impostor.keys()),
        impostor.der());
    refused(verifier, AlertDescription.unknown_ca, alice().sign("alice", KEYS));
  }

  @Test
  void a_leaf_is_no_ca() {
    byte[] parent = signed(alice());
    Certificate child = new Certificate("bob", KEYS.getPublic());
    child.purpose = KeyPurposeId.id_kp_clientAuth;
    refused(verifier, AlertDescription.unknown_ca, child.sign("alice", KEYS), parent);
  }

  @Test
  void intermediates_lead_to_the_anchor_in_any_order() throws Exception {
    Ca first = TestPki.ca("first", "EC384");
    Ca second = TestPki.ca("second", "RSA");
    byte[] leaf = alice().sign(second.name(), second.keys());
    byte[] secondByFirst = TestPki.crossCertificate(second, first);
    byte[] firstByRoot = TestPki.crossCertificate(first, CA);
    assertThat(verifier.verify(List.of(leaf, firstByRoot, secondByFirst))).isNotNull();
    assertThat(verifier.verify(List.of(leaf, secondByFirst, firstByRoot))).isNotNull();
    refused(verifier, AlertDescription.unknown_ca, leaf, secondByFirst);
    assertThat(verifier(first.der()).verify(List.of(leaf, secondByFirst, firstByRoot)))
        .as("stops at the first anchor")
        .isNotNull();
  }

  @Test
  void cross_signed_cas_serve_holders_of_either_root() throws Exception {
    Ca young = TestPki.ca("new CA", "EC256");
    byte[] leaf = alice().sign(young.name(), young.keys());
    byte[] cross = TestPki.crossCertificate(young, CA);
    assertThat(verifier.verify(List.of(leaf, cross))).isNotNull();
    assertThat(verifier(young.der()).verify(List.of(leaf, cross))).isNotNull();
    assertThat(verifier(CA.der(), young.der()).verify(List.of(leaf))).isNotNull();
    refused(verifier, AlertDescription.unknown_ca, leaf);
  }

  @Test
  void path_length_and_dates_of_cas_count() {
    KeyPair rootKeys = TestPki.keys("EC256");
    byte[] root =
        TestPki.caCertificate("root", rootKeys, "root", rootKeys, 0, TestPki.NOW + TestPki.DAY);
    Ca middle = TestPki.ca("middle", "EC256");
    byte[] middleByRoot =
        TestPki.caCertificate(
            "middle", middle.keys(), "root", rootKeys, null, TestPki.NOW + TestPki.DAY);
    byte[] leaf = alice().sign("middle", middle.keys());
    refused(verifier(root), AlertDescription.unknown_ca, leaf, middleByRoot);

    byte[] expired =
        TestPki.caCertificate("middle", middle.keys(), CA.name(), CA.keys(), null, TestPki.NOW - 1);
    refused(verifier, AlertDescription.certificate_expired, leaf, expired);
  }

  @Test
  void weak_keys_and_signatures_are_refused() {
    Certificate sha1 = alice();
    sha1.signature = "SHA1withECDSA";
    refused(verifier, AlertDescription.unknown_ca, signed(sha1));
    Certificate smallLeaf = new Certificate("alice", TestPki.keys("RSA1024").getPublic());
    smallLeaf.purpose = KeyPurposeId.id_kp_clientAuth;
    refused(verifier, AlertDescription.unsupported_certificate, signed(smallLeaf));
    Ca small = TestPki.ca("small", "RSA1024");
    refused(
        verifier(small.der()),
        AlertDescription.unknown_ca,
        alice().sign(small.name(), small.keys()));
  }

  @Test
  void long_and_looping_chains_end() {
    byte[] leaf = alice().sign("nobody", KEYS);
    List<byte[]> chain = new ArrayList<>(List.of(leaf));
    for (int i = 0; i < PeerVerifier.MAX_CHAIN; i++) {
      chain.add(CA.der());
    }
    refused(verifier, AlertDescription.bad_certificate, chain.toArray(new byte[0][]));
    refused(verifier, AlertDescription.bad_certificate);
    Ca a = TestPki.ca("a", "EC256");
    Ca b = TestPki.ca("b", "EC256");
    refused(
        verifier,
        AlertDescription.unknown_ca,
        alice().sign("a", a.keys()),
        TestPki.crossCertificate(a, b),
        TestPki.crossCertificate(b, a),
        a.der(),
        b.der(),
        TestPki.crossCertificate(a, b));
  }

  @Test
  void changed_certificates_are_refused_and_nothing_else_is_thrown() {
    byte[] leaf = signed(alice());
    Random random = new Random(17);
    for (int i = 0; i < 2000; i++) {
      byte[] changed = leaf.clone();
      changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
      assertThatThrownBy(() -> verifier.verify(List.of(changed))).isInstanceOf(TlsFatalAlert.class);
    }
  }
}

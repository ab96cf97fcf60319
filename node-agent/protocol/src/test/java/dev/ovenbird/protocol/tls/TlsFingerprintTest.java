package dev.ovenbird.protocol.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.tls.TestPki.Ca;
import dev.ovenbird.protocol.tls.TestPki.Certificate;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Trust in certificates themselves, by every provider. */
@ParameterizedClass
@EnumSource(Engines.class)
class TlsFingerprintTest {
  private static final TlsIdentity SERVER = selfSigned("server", TestPki.NOW + TestPki.DAY);
  private static final TlsIdentity ALICE = selfSigned("alice", TestPki.NOW + TestPki.DAY);

  @Parameter private Engines provider = Engines.BOUNCY_CASTLE;

  /** As {@code openssl req -x509} makes them: a CA, with no word on what it is for. */
  private static TlsIdentity selfSigned(String name, long notAfter) {
    KeyPair keys = TestPki.keys("EC256");
    Certificate certificate = new Certificate(name, keys.getPublic());
    certificate.constraints = new BasicConstraints(true);
    certificate.usage = 0;
    certificate.notAfter = notAfter;
    return TestPki.identity(certificate.sign(name, keys), keys);
  }

  private static String fingerprint(TlsIdentity identity) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(identity.certificateChainDer().getFirst());
      return HexFormat.ofDelimiter(":").withUpperCase().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PeerTrust pinned(TlsIdentity... identities) {
    return PeerTrust.fingerprints(
        List.of(identities).stream().map(TlsFingerprintTest::fingerprint).toList());
  }

  private TlsServerEngineFactory server(TlsIdentity identity, PeerTrust clients) {
    return provider.server(
        new SecureRandom(), () -> TestPki.NOW, identity, clients, TlsVersion.TLS12);
  }

  private Loopback connect(
      TlsVersion version, TlsIdentity client, PeerTrust servers, TlsEngineFactory server) {
    TlsEngineFactory clients =
        provider.client(
            new SecureRandom(), () -> TestPki.NOW, client, servers, null, version, version);
    return new Loopback(clients, server).handshake();
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void certificates_that_sign_themselves_will_do(TlsVersion version) {
    TlsIdentity bob = selfSigned("bob", TestPki.NOW + TestPki.DAY);
    TlsServerEngineFactory server = server(SERVER, pinned(ALICE, bob));
    Loopback pair = connect(version, ALICE, pinned(SERVER), server);
    assertThat(pair.isUp()).isTrue();
    PeerIdentity alice = Objects.requireNonNull(pair.server.peer());
    assertThat(alice.commonName()).isEqualTo("alice");
    assertThat(PeerNames.spelled(alice.fingerprint())).isEqualTo(fingerprint(ALICE));
    assertThat(connect(version, bob, pinned(SERVER), server).isUp()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void another_certificate_is_refused_and_its_fingerprint_told(TlsVersion version) {
    TlsIdentity mallory = selfSigned("alice", TestPki.NOW + TestPki.DAY);
    Loopback asClient = connect(version, mallory, pinned(SERVER), server(SERVER, pinned(ALICE)));
    assertThat(asClient.server.peer()).isNull();
    assertThat(asClient.server.failure())
        .contains("certificate_unknown", "untrusted SHA-256 fingerprint", fingerprint(mallory));
    assertThat(asClient.client.failure()).contains("sent alert certificate_unknown");
    Loopback asServer = connect(version, ALICE, pinned(SERVER), server(mallory, pinned(ALICE)));
    assertThat(asServer.client.failure()).contains(fingerprint(mallory));
    assertThat(asServer.server.failure()).contains("sent alert certificate_unknown");
  }

  @Test
  void a_certificate_of_a_ca_is_trusted_for_itself_alone() {
    Ca ca = TestPki.ca("CA", "EC256");
    TlsIdentity carol = TestPki.identity(ca, "carol", "EC256", KeyPurposeId.id_kp_clientAuth);
    TlsIdentity other = TestPki.identity(ca, "other", "EC256", KeyPurposeId.id_kp_clientAuth);
    TlsEngineFactory server = server(SERVER, pinned(carol));
    assertThat(connect(TlsVersion.TLS13, carol, pinned(SERVER), server).isUp()).isTrue();
    assertThat(connect(TlsVersion.TLS13, other, pinned(SERVER), server).isUp()).isFalse();
  }

  @Test
  void an_expired_certificate_is_refused() {
    TlsIdentity old = selfSigned("old", TestPki.NOW - 1);
    Loopback pair = connect(TlsVersion.TLS13, old, pinned(SERVER), server(SERVER, pinned(old)));
    assertThat(pair.server.failure()).contains("certificate_expired");
  }

  @Test
  void replaced_fingerprints_count_from_the_next_engine_on() {
    TlsServerEngineFactory server = server(SERVER, pinned(SERVER));
    assertThat(connect(TlsVersion.TLS13, ALICE, pinned(SERVER), server).isUp()).isFalse();
    server.replace(SERVER, pinned(ALICE));
    assertThat(connect(TlsVersion.TLS13, ALICE, pinned(SERVER), server).isUp()).isTrue();
  }

  @Test
  void what_is_no_fingerprint_is_named() {
    assertThatThrownBy(() -> PeerTrust.fingerprints(List.of("AB:01")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'ab01'")
        .hasMessageContaining("32 bytes in hex");
    assertThatThrownBy(() -> PeerTrust.fingerprints(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nobody is believed");
  }
}

package dev.ovenbird.protocol.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.tls.TestPki.Ca;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Handshakes that come to an end, by every provider with every other. */
@ParameterizedClass
@EnumSource(Engines.class)
class TlsHandshakeTest {
  private static final String SERVER_NAME = "ovenbird-0123456789abcdef";

  private static final Ca CA = TestPki.ca("test CA", "EC256");
  private static final TlsIdentity SERVER = TestPki.server(CA, "EC256");
  private static final TlsIdentity CLIENT = TestPki.client(CA, "EC256");

  @Parameter private Engines provider = Engines.BOUNCY_CASTLE;

  private TlsServerEngineFactory server(TlsIdentity identity, byte[]... anchors) {
    return Loopback.server(provider, identity, anchors);
  }

  private TlsEngineFactory client(
      TlsIdentity identity, TlsVersion version, @Nullable String name, byte[]... anchors) {
    return Loopback.client(provider, identity, version, name, anchors);
  }

  @ParameterizedTest
  @CsvSource({
    "BOUNCY_CASTLE,TLS12,EC256,EC256",
    "BOUNCY_CASTLE,TLS12,RSA,RSA",
    "BOUNCY_CASTLE,TLS12,RSA,EC256",
    "BOUNCY_CASTLE,TLS12,EC384,RSA",
    "BOUNCY_CASTLE,TLS12,ED25519,ED25519",
    "BOUNCY_CASTLE,TLS13,EC256,EC256",
    "BOUNCY_CASTLE,TLS13,RSA,RSA",
    "BOUNCY_CASTLE,TLS13,RSA,EC384",
    "BOUNCY_CASTLE,TLS13,EC384,RSA",
    "BOUNCY_CASTLE,TLS13,ED25519,ED25519",
    "JSSE,TLS12,EC256,EC256",
    "JSSE,TLS12,RSA,RSA",
    "JSSE,TLS12,RSA,EC256",
    "JSSE,TLS12,EC384,RSA",
    "JSSE,TLS12,ED25519,ED25519",
    "JSSE,TLS13,EC256,EC256",
    "JSSE,TLS13,RSA,RSA",
    "JSSE,TLS13,RSA,EC384",
    "JSSE,TLS13,EC384,RSA",
    "JSSE,TLS13,ED25519,ED25519"
  })
  void both_sides_agree_on_keys_and_know_each_other_whoever_the_client_is(
      Engines other, TlsVersion version, String serverKind, String clientKind) {
    Loopback pair =
        new Loopback(
                Loopback.client(
                    other, TestPki.client(CA, clientKind), version, SERVER_NAME, CA.der()),
                server(TestPki.server(CA, serverKind), CA.der()))
            .handshake();
    assertThat(pair.server.failure()).isNull();
    assertThat(pair.client.failure()).isNull();
    assertThat(pair.isUp()).isTrue();
    byte[] keys = pair.server.exportDataKeys();
    assertThat(keys).hasSize(256).isEqualTo(pair.client.exportDataKeys());
    byte[] wrapKey = pair.server.exportWrapKey();
    assertThat(wrapKey).hasSize(256).isEqualTo(pair.client.exportWrapKey()).isNotEqualTo(keys);
    PeerIdentity alice = Objects.requireNonNull(pair.server.peer());
    assertThat(alice.commonName()).isEqualTo("alice");
    assertThat(alice.uris()).containsExactly("urn:ovenbird:alice");
    assertThat(alice.serialHex()).matches("a[0-9a-f]{2,}");
    assertThat(alice.fingerprint()).matches("[0-9a-f]{64}");
    assertThat(alice.notAfterSeconds()).isEqualTo(TestPki.NOW + 90 * TestPki.DAY);
    assertThat(alice.metadata()).isNull();
    assertThat(Objects.requireNonNull(pair.client.peer()).commonName()).isEqualTo(SERVER_NAME);
  }

  @Test
  void rsa_ca_signs_ec_leaves() {
    Ca rsa = TestPki.ca("rsa CA", "RSA");
    Loopback pair =
        new Loopback(
                client(TestPki.client(rsa, "EC256"), TlsVersion.TLS13, null, rsa.der()),
                server(TestPki.server(rsa, "EC256"), rsa.der()))
            .handshake();
    assertThat(pair.isUp()).isTrue();
  }

  @Test
  void replaced_identity_and_anchors_count_from_the_next_engine_on() {
    Ca other = TestPki.ca("new CA", "EC256");
    TlsServerEngineFactory servers = server(SERVER, CA.der());
    TlsEngineFactory old = client(CLIENT, TlsVersion.TLS13, null, CA.der());
    TlsEngineFactory young =
        client(TestPki.client(other, "EC256"), TlsVersion.TLS13, null, other.der());
    assertThat(new Loopback(young, servers).handshake().isUp()).isFalse();
    // New leaf, and the new CA signed by the old: clients of either CA believe it.
    servers.replace(
        TestPki.server(other, "EC256", TestPki.crossCertificate(other, CA)),
        List.of(CA.der(), other.der()));
    assertThat(new Loopback(young, servers).handshake().isUp()).isTrue();
    assertThat(new Loopback(old, servers).handshake().isUp()).isTrue();
  }

  @Test
  void an_identity_that_does_not_fit_together_is_refused() {
    TlsIdentity mixed = new TlsIdentity(SERVER.certificateChainDer(), CLIENT.privateKeyPkcs8());
    assertThatThrownBy(() -> server(mixed, CA.der()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("private key");
    TlsIdentity nonsense = new TlsIdentity(List.of(new byte[9]), new byte[9]);
    assertThatThrownBy(() -> server(nonsense, CA.der()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> server(SERVER, new byte[3]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void a_handshake_byte_by_byte_is_a_handshake(TlsVersion version) {
    Loopback pair = new Loopback(client(CLIENT, version, null, CA.der()), server(SERVER, CA.der()));
    pair.client.start();
    for (int round = 0; round < 4; round++) {
      for (byte b : pair.client.takeOutput()) {
        pair.server.offer(new byte[] {b});
      }
      for (byte b : pair.server.takeOutput()) {
        pair.client.offer(new byte[] {b});
      }
    }
    assertThat(pair.isUp()).isTrue();
    assertThat(pair.server.exportDataKeys()).isEqualTo(pair.client.exportDataKeys());
  }

  @Test
  void the_newest_version_is_chosen() {
    TlsEngineFactory both =
        provider.client(
            new SecureRandom(),
            () -> TestPki.NOW,
            CLIENT,
            List.of(CA.der()),
            null,
            TlsVersion.TLS12,
            TlsVersion.TLS13);
    Loopback pair = new Loopback(both, server(SERVER, CA.der()));
    pair.client.start();
    byte[] hello = pair.client.takeOutput();
    pair.server.offer(hello);
    assertThat(ServerHello.in(pair.server.takeOutput()).version()).isEqualTo(0x0304);
  }
}

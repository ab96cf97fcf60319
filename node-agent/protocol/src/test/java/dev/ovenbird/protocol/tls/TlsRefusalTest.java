package dev.ovenbird.protocol.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.tls.TestPki.Ca;
import dev.ovenbird.protocol.tls.TestPki.Certificate;
import java.io.IOException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.List;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.tls.TlsClientProtocol;
import org.bouncycastle.tls.TlsFatalAlertReceived;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Who is refused, and what both sides learn of it: the same rules for every provider. */
@ParameterizedClass
@EnumSource(Engines.class)
class TlsRefusalTest {
  private static final Ca CA = TestPki.ca("test CA", "EC256");
  private static final TlsIdentity SERVER = TestPki.server(CA, "EC256");
  private static final TlsIdentity CLIENT = TestPki.client(CA, "EC256");

  @Parameter private Engines provider = Engines.BOUNCY_CASTLE;

  /** The JDK lets nobody choose: its alert is always the same. */
  private String told(String reason) {
    return provider == Engines.JSSE ? "certificate_unknown" : reason;
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void a_refused_client_gets_an_alert_and_the_log_a_reason(TlsVersion version) {
    Ca other = TestPki.ca("other CA", "EC256");
    KeyPair keys = TestPki.keys("EC256");
    Certificate old = new Certificate("alice", keys.getPublic());
    old.purpose = KeyPurposeId.id_kp_clientAuth;
    old.notAfter = TestPki.NOW - 1;
    assertRefused(version, TestPki.client(other, "EC256"), "unknown_ca");
    assertRefused(
        version,
        TestPki.identity(CA, "alice", "EC256", KeyPurposeId.id_kp_serverAuth),
        "unsupported_certificate");
    assertRefused(
        version, TestPki.identity(old.sign(CA.name(), CA.keys()), keys), "certificate_expired");
  }

  private void assertRefused(TlsVersion version, TlsIdentity client, String reason) {
    Loopback pair =
        new Loopback(
                Loopback.client(provider, client, version, null, CA.der()),
                Loopback.server(provider, SERVER, CA.der()))
            .handshake();
    assertThat(pair.server.isHandshakeComplete()).isFalse();
    assertThat(pair.server.peer()).isNull();
    assertThat(pair.server.failure()).contains(reason);
    assertThat(pair.client.failure()).contains("sent alert " + told(reason));
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void a_client_refuses_a_server_of_another_ca_name_or_purpose(TlsVersion version) {
    Ca other = TestPki.ca("other CA", "EC256");
    TlsIdentity foreign = TestPki.server(other, "EC256");
    TlsIdentity anotherClient = TestPki.client(CA, "EC256");
    for (TlsIdentity server : List.of(SERVER, foreign, anotherClient)) {
      Loopback pair =
          new Loopback(
                  Loopback.client(provider, CLIENT, version, "ovenbird-else", CA.der()),
                  Loopback.server(provider, server, CA.der()))
              .handshake();
      assertThat(pair.client.failure()).isNotNull();
      assertThat(pair.client.isHandshakeComplete()).isFalse();
      assertThat(pair.server.isHandshakeComplete()).isFalse();
      assertThat(pair.server.failure()).contains("the peer sent alert");
    }
  }

  @ParameterizedTest
  @EnumSource(Engines.class)
  void a_server_for_tls_1_3_refuses_1_2(Engines clients) {
    TlsEngineFactory strict =
        provider.server(
            new SecureRandom(), () -> TestPki.NOW, SERVER, List.of(CA.der()), TlsVersion.TLS13);
    Loopback pair =
        new Loopback(Loopback.client(clients, CLIENT, TlsVersion.TLS12, null, CA.der()), strict)
            .handshake();
    assertThat(pair.server.failure()).contains("protocol_version");
    assertThat(pair.client.failure()).contains("protocol_version");
  }

  @ParameterizedTest
  @CsvSource({"TLS12,handshake_failure,40", "TLS13,certificate_required,116"})
  void a_client_without_certificate_is_told_so(TlsVersion version, String name, short alert)
      throws IOException {
    TlsEngine server = Loopback.server(provider, SERVER, CA.der()).create();
    assertThat(alertTo(new OddClient(version, null, true), server)).isEqualTo(alert);
    assertThat(server.failure()).contains(name);
    assertThat(server.isHandshakeComplete()).isFalse();
    assertThat(server.peer()).isNull();
  }

  @ParameterizedTest
  @CsvSource("TLS12")
  void a_client_whose_keys_cannot_be_exported_is_refused(TlsVersion version) throws IOException {
    TlsEngine server = Loopback.server(provider, SERVER, CA.der()).create();
    alertTo(new OddClient(version, CLIENT, false), server);
    assertThat(server.failure()).isNotNull();
    assertThat(server.isHandshakeComplete()).isFalse();
  }

  /** The fatal alert that the client gets in the end; -1 if none. */
  private static short alertTo(OddClient peer, TlsEngine server) throws IOException {
    TlsClientProtocol client = new TlsClientProtocol();
    client.connect(peer);
    for (int round = 0; round < 6 && !client.isClosed(); round++) {
      byte[] up = new byte[client.getAvailableOutputBytes()];
      client.readOutput(up, 0, up.length);
      server.offer(up);
      try {
        client.offerInput(server.takeOutput());
      } catch (TlsFatalAlertReceived e) {
        return e.getAlertDescription();
      }
    }
    return -1;
  }
}

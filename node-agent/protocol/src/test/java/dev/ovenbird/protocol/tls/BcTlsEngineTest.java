package dev.ovenbird.protocol.tls;

import static dev.ovenbird.protocol.tls.Loopback.clientFactory;
import static dev.ovenbird.protocol.tls.Loopback.serverFactory;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.tls.TestPki.Ca;
import java.io.ByteArrayOutputStream;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BcTlsEngineTest {
  private static final String SERVER_NAME = "ovenbird-0123456789abcdef";

  private static final Ca CA = TestPki.ca("test CA", "EC256");
  private static final TlsIdentity SERVER = TestPki.server(CA, "EC256");
  private static final TlsIdentity CLIENT = TestPki.client(CA, "EC256");

  private static Loopback established(TlsVersion version) {
    Loopback pair =
        new Loopback(
                clientFactory(CLIENT, version, SERVER_NAME, CA.der()),
                serverFactory(SERVER, CA.der()))
            .handshake();
    assertThat(pair.isUp()).isTrue();
    return pair;
  }

  @ParameterizedTest
  @CsvSource({
    "TLS12,EC256,EC256",
    "TLS12,RSA,RSA",
    "TLS12,RSA,EC256",
    "TLS12,EC384,RSA",
    "TLS12,ED25519,ED25519",
    "TLS13,EC256,EC256",
    "TLS13,RSA,RSA",
    "TLS13,RSA,EC384",
    "TLS13,EC384,RSA",
    "TLS13,ED25519,ED25519"
  })
  void both_sides_agree_on_keys_and_know_each_other(
      TlsVersion version, String serverKind, String clientKind) {
    Loopback pair =
        new Loopback(
                clientFactory(TestPki.client(CA, clientKind), version, SERVER_NAME, CA.der()),
                serverFactory(TestPki.server(CA, serverKind), CA.der()))
            .handshake();
    assertThat(pair.server.failure()).isNull();
    assertThat(pair.client.failure()).isNull();
    assertThat(pair.isUp()).isTrue();
    byte[] keys = pair.server.exportDataKeys();
    assertThat(keys).hasSize(256).isEqualTo(pair.client.exportDataKeys());
    PeerIdentity alice = Objects.requireNonNull(pair.server.peer());
    assertThat(alice.commonName()).isEqualTo("alice");
    assertThat(alice.uris()).containsExactly("urn:ovenbird:alice");
    assertThat(alice.serialHex()).matches("a[0-9a-f]{2,}");
    assertThat(alice.fingerprint()).matches("[0-9a-f]{64}");
    assertThat(alice.notAfterSeconds()).isEqualTo(TestPki.NOW + 90 * TestPki.DAY);
    assertThat(alice.metadata()).isEmpty();
    assertThat(Objects.requireNonNull(pair.client.peer()).commonName()).isEqualTo(SERVER_NAME);
  }

  @Test
  void rsa_ca_signs_ec_leaves() {
    Ca rsa = TestPki.ca("rsa CA", "RSA");
    Loopback pair =
        new Loopback(
                clientFactory(TestPki.client(rsa, "EC256"), TlsVersion.TLS13, null, rsa.der()),
                serverFactory(TestPki.server(rsa, "EC256"), rsa.der()))
            .handshake();
    assertThat(pair.isUp()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void one_plaintext_is_one_record_whatever_the_split(TlsVersion version) {
    Loopback pair = established(version);
    List<String> sent = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      sent.add("message " + "x".repeat(i * 50));
      pair.client.write(sent.getLast().getBytes(UTF_8));
    }
    byte[] wire = pair.client.takeOutput();
    Random random = new Random(5);
    List<String> received = new ArrayList<>();
    for (int at = 0; at < wire.length; ) {
      int n = Math.min(1 + random.nextInt(700), wire.length - at);
      pair.server.offer(Arrays.copyOfRange(wire, at, at + n));
      at += n;
      pair.server.takePlaintexts().forEach(each -> received.add(new String(each, UTF_8)));
    }
    assertThat(received).isEqualTo(sent);
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void a_record_of_the_largest_size_passes(TlsVersion version) {
    Loopback pair = established(version);
    byte[] large = new byte[1 << 14];
    pair.server.write(large);
    pair.client.offer(pair.server.takeOutput());
    assertThat(pair.client.takePlaintexts()).singleElement().isEqualTo(large);
    assertThatThrownBy(() -> pair.server.write(new byte[(1 << 14) + 1]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void a_hello_byte_by_byte_is_a_hello(TlsVersion version) {
    Loopback pair =
        new Loopback(
            clientFactory(CLIENT, version, null, CA.der()), serverFactory(SERVER, CA.der()));
    pair.client.start();
    for (byte b : pair.client.takeOutput()) {
      pair.server.offer(new byte[] {b});
    }
    pair.pump();
    assertThat(pair.isUp()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void a_changed_record_ends_the_session_with_an_alert(TlsVersion version) {
    Loopback pair = established(version);
    pair.client.write("hello".getBytes(UTF_8));
    byte[] wire = pair.client.takeOutput();
    wire[wire.length - 1] ^= 1;
    pair.server.offer(wire);
    assertThat(pair.server.failure()).contains("bad_record_mac");
    assertThat(pair.server.takePlaintexts()).isEmpty();
    byte[] alert = pair.server.takeOutput();
    assertThat(alert).isNotEmpty();
    pair.client.offer(alert);
    assertThat(pair.client.failure()).contains("bad_record_mac");
    pair.server.write("late".getBytes(UTF_8));
    assertThat(pair.server.takeOutput()).isEmpty();
  }

  @Test
  void garbage_never_throws() {
    BcTlsServerEngineFactory factory = serverFactory(SERVER, CA.der());
    Random random = new Random(11);
    for (int i = 0; i < 300; i++) {
      TlsEngine engine = factory.create();
      for (int j = 0; j < 4; j++) {
        byte[] noise = new byte[random.nextInt(600)];
        random.nextBytes(noise);
        if (noise.length > 9 && i % 2 == 0) {
          // The look of a handshake record, so that the noise reaches the parser behind it.
          noise[0] = 22;
          noise[1] = 3;
          noise[2] = (byte) random.nextInt(4);
          noise[3] = 0;
          noise[4] = (byte) (noise.length - 5);
          noise[5] = (byte) random.nextInt(25);
          noise[6] = 0;
          noise[7] = 0;
        }
        engine.offer(noise);
        engine.takeOutput();
        engine.takePlaintexts();
      }
      assertThat(engine.isHandshakeComplete()).isFalse();
      engine.close();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void flipped_bits_in_the_clients_flights_never_throw_and_never_connect(TlsVersion version) {
    TlsEngineFactory clients = clientFactory(CLIENT, version, null, CA.der());
    TlsEngineFactory servers = serverFactory(SERVER, CA.der());
    Random random = new Random(13);
    for (int i = 0; i < 60; i++) {
      Loopback pair = new Loopback(clients, servers);
      pair.client.start();
      byte[] hello = pair.client.takeOutput();
      if (i % 2 == 0) {
        hello[covered(random, hello)] ^= (byte) (1 << random.nextInt(8));
        pair.server.offer(hello);
      } else {
        pair.server.offer(hello);
        pair.client.offer(pair.server.takeOutput());
        byte[] finish = pair.client.takeOutput();
        finish[covered(random, finish)] ^= (byte) (1 << random.nextInt(8));
        pair.server.offer(finish);
      }
      pair.pump();
      assertThat(pair.isUp()).as("round %s", i).isFalse();
    }
  }

  /** Any byte but the version in a record's header: nothing authenticates that in clear records. */
  private static int covered(Random random, byte[] flight) {
    Set<Integer> versions = new HashSet<>();
    for (int at = 0; at < flight.length; ) {
      versions.add(at + 1);
      versions.add(at + 2);
      at += 5 + ((flight[at + 3] & 0xFF) << 8 | (flight[at + 4] & 0xFF));
    }
    int index;
    do {
      index = random.nextInt(flight.length);
    } while (versions.contains(index));
    return index;
  }

  @Test
  void an_endless_handshake_is_cut_off() {
    TlsEngine engine = serverFactory(SERVER, CA.der()).create();
    // Handshake records of one byte of a message that claims to be as long as may be.
    byte[] first = {22, 3, 1, 0, 4, 1, 0, 0x3f, (byte) 0xff};
    engine.offer(first);
    byte[] more = {22, 3, 1, 0, 1, 0};
    for (int i = 0; i < 20_000 && engine.failure() == null; i++) {
      engine.offer(more);
    }
    assertThat(engine.failure()).isNotNull();
  }

  @Test
  void a_record_that_claims_too_much_is_refused_at_its_header() {
    TlsEngine engine = serverFactory(SERVER, CA.der()).create();
    engine.offer(new byte[] {22, 3, 1, (byte) 0xff, (byte) 0xff});
    assertThat(engine.failure()).isEqualTo("TLS record too long");
  }

  @Test
  void plaintexts_that_nobody_takes_end_the_session() {
    Loopback pair = established(TlsVersion.TLS13);
    for (int i = 0; i < 10; i++) {
      pair.client.write(new byte[1 << 14]);
      pair.server.offer(pair.client.takeOutput());
    }
    assertThat(pair.server.failure()).contains("unread");
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void keys_can_be_taken_once_and_not_after_close(TlsVersion version) {
    Loopback pair = established(version);
    pair.server.exportDataKeys();
    assertThatThrownBy(() -> pair.server.exportDataKeys())
        .isInstanceOf(IllegalStateException.class);
    pair.client.close();
    assertThatThrownBy(() -> pair.client.exportDataKeys())
        .isInstanceOf(IllegalStateException.class);
    pair.client.close();
    pair.server.offer(pair.client.takeOutput());
    assertThat(pair.server.failure()).isEqualTo("closed by the peer");
  }

  @Test
  void before_the_handshake_there_is_nothing() {
    TlsEngine engine = serverFactory(SERVER, CA.der()).create();
    assertThat(engine.peer()).isNull();
    assertThat(engine.isHandshakeComplete()).isFalse();
    assertThatThrownBy(engine::exportDataKeys).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> engine.write(new byte[1])).isInstanceOf(IllegalStateException.class);
    assertThat(engine.takeOutput()).isEmpty();
    assertThat(engine.takePlaintexts()).isEmpty();
  }

  @Test
  void a_server_for_tls_1_3_refuses_1_2() {
    BcTlsServerEngineFactory strict =
        new BcTlsServerEngineFactory(
            new SecureRandom(), () -> TestPki.NOW, SERVER, List.of(CA.der()), TlsVersion.TLS13);
    Loopback pair =
        new Loopback(clientFactory(CLIENT, TlsVersion.TLS12, null, CA.der()), strict).handshake();
    assertThat(pair.server.failure()).contains("protocol_version");
    assertThat(pair.client.failure()).contains("protocol_version");
  }

  @Test
  void replaced_identity_and_anchors_count_from_the_next_engine_on() {
    Ca other = TestPki.ca("new CA", "EC256");
    BcTlsServerEngineFactory servers = serverFactory(SERVER, CA.der());
    TlsEngineFactory old = clientFactory(CLIENT, TlsVersion.TLS13, null, CA.der());
    TlsEngineFactory young =
        clientFactory(TestPki.client(other, "EC256"), TlsVersion.TLS13, null, other.der());
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
    assertThatThrownBy(() -> serverFactory(mixed, CA.der()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("private key");
    TlsIdentity nonsense = new TlsIdentity(List.of(new byte[9]), new byte[9]);
    assertThatThrownBy(() -> serverFactory(nonsense, CA.der()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> serverFactory(SERVER, new byte[3]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void records_of_several_engines_do_not_mix() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < 3; i++) {
      all.writeBytes(established(TlsVersion.TLS13).server.exportDataKeys());
    }
    byte[] keys = all.toByteArray();
    assertThat(Arrays.copyOf(keys, 256)).isNotEqualTo(Arrays.copyOfRange(keys, 256, 512));
  }
}

package dev.ovenbird.protocol.tls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.tls.TestPki.Ca;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes through an engine, and what a peer may do to it: the same for every provider. */
@ParameterizedClass
@EnumSource(Engines.class)
class TlsRecordsTest {
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

  private Loopback established(TlsVersion version) {
    Loopback pair =
        new Loopback(client(CLIENT, version, null, CA.der()), server(SERVER, CA.der())).handshake();
    assertThat(pair.isUp()).isTrue();
    return pair;
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
    byte[] large = new byte[RecordTlsEngine.MAX_WRITE];
    pair.server.write(large);
    pair.client.offer(pair.server.takeOutput());
    assertThat(pair.client.takePlaintexts()).singleElement().isEqualTo(large);
    assertThatThrownBy(() -> pair.server.write(new byte[RecordTlsEngine.MAX_WRITE + 1]))
        .isInstanceOf(IllegalArgumentException.class);
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
    TlsServerEngineFactory factory = server(SERVER, CA.der());
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
    TlsEngineFactory clients = client(CLIENT, version, null, CA.der());
    TlsEngineFactory servers = server(SERVER, CA.der());
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
    TlsEngine engine = server(SERVER, CA.der()).create();
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
    TlsEngine engine = server(SERVER, CA.der()).create();
    engine.offer(new byte[] {22, 3, 1, (byte) 0xff, (byte) 0xff});
    assertThat(engine.failure()).isEqualTo("TLS record too long");
  }

  @Test
  void plaintexts_that_nobody_takes_end_the_session() {
    Loopback pair = established(TlsVersion.TLS13);
    for (int i = 0; i < 10; i++) {
      pair.client.write(new byte[RecordTlsEngine.MAX_WRITE]);
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
    pair.server.exportWrapKey();
    assertThatThrownBy(() -> pair.server.exportWrapKey()).isInstanceOf(IllegalStateException.class);
    pair.client.forgetExports();
    assertThatThrownBy(() -> pair.client.exportDataKeys())
        .isInstanceOf(IllegalStateException.class);
    pair.client.close();
    assertThatThrownBy(() -> pair.client.exportWrapKey()).isInstanceOf(IllegalStateException.class);
    pair.client.close();
    pair.server.offer(pair.client.takeOutput());
    assertThat(pair.server.failure()).isEqualTo("closed by the peer");
  }

  @Test
  void before_the_handshake_there_is_nothing() {
    TlsEngine engine = server(SERVER, CA.der()).create();
    assertThat(engine.peer()).isNull();
    assertThat(engine.isHandshakeComplete()).isFalse();
    assertThatThrownBy(engine::exportDataKeys).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> engine.write(new byte[1])).isInstanceOf(IllegalStateException.class);
    assertThat(engine.takeOutput()).isEmpty();
    assertThat(engine.takePlaintexts()).isEmpty();
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

package dev.ovenbird.testkit.cve;

import static dev.ovenbird.testkit.Duel.HERE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.ReplayId;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.TlsCrypt;
import dev.ovenbird.protocol.wrap.Unwrapped;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import dev.ovenbird.testkit.BareClient;
import dev.ovenbird.testkit.BareServer;
import dev.ovenbird.testkit.Duel;
import dev.ovenbird.testkit.Simulation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SessionCveTest {
  private static final long SECOND = Simulation.SECOND;
  private static final LinkPath ELSEWHERE = BareServer.path(Transport.UDP, 0xcb007101, 50_000);

  @Test
  void cve_2020_11810_nothing_floats_before_there_are_keys_nor_on_an_empty_payload() {
    Duel duel = Duel.withoutTls();
    BareClient client = duel.client("client1", HERE);
    client.start(duel.server);
    duel.server.receive(HERE, Objects.requireNonNull(client.out.poll()));
    duel.server.sent.forEach(
        sent -> client.receive(sent.packet(), duel.server.bootNanos, duel.server.wallSeconds));
    client.runTasks(duel.server.bootNanos, duel.server.wallSeconds);
    duel.server.receive(HERE, Objects.requireNonNull(client.out.poll()));
    assertThat(duel.server.endpoint().halfOpenSessions()).isEqualTo(1);
    for (int peerId = 0; peerId < 3; peerId++) {
      byte[] data = new byte[60];
      data[0] = 9 << 3;
      data[3] = (byte) peerId;
      duel.server.receive(ELSEWHERE, data);
    }
    assertThat(duel.server.drops(DropReason.NO_KEY)).isEqualTo(3);

    client.exchange(duel.server);
    assertThat(duel.server.opened).isEqualTo(1);
    byte[] empty = client.sealed(new byte[0], duel.server.bootNanos);
    duel.server.receive(ELSEWHERE, empty);
    assertThat(duel.server.moved).isZero();
    assertThat(duel.server.drops(DropReason.TOO_SHORT)).isEqualTo(1);
  }

  @Test
  void cve_2020_15078_a_refused_client_that_asks_for_its_options_gets_none() {
    Duel duel = Duel.withTls();
    duel.server.verdict = (identity, info) -> new Admission.Refused("no");
    BareClient client = duel.client("client1", HERE);
    client.start(duel.server);
    client.exchange(duel.server);
    for (int i = 0; i < 10; i++) {
      // Every second: PUSH_REQUEST, when its time has come, and what the server repeats.
      duel.server.advance(SECOND);
      client.endpoint().timeout(duel.server.bootNanos, duel.server.wallSeconds);
      client.exchange(duel.server);
    }
    assertThat(client.pushed).isNull();
    assertThat(client.closedReason).isEqualTo("AUTH_FAILED: no");
    assertThat(duel.server.opened).isZero();
  }

  @Test
  void cve_2020_15078_a_client_refused_at_its_renegotiation_sends_nothing_more() {
    Duel duel = Duel.withTls();
    BareClient client = duel.connected("client1", HERE);
    duel.server.verdict = (identity, info) -> new Admission.Refused("no");
    client.endpoint().renegotiate(duel.server.bootNanos, duel.server.wallSeconds);
    byte[] before = client.sealed(new byte[40], duel.server.bootNanos);
    client.exchange(duel.server);
    duel.server.receive(HERE, before);
    assertThat(client.closedReason).isEqualTo("AUTH_FAILED: no");
    assertThat(duel.server.tunnelPackets).isEmpty();
  }

  @Test
  void cve_2022_0547_one_proof_of_two_admits_nobody() {
    Duel duel = Duel.withTls();
    duel.server.verdict =
        (identity, info) ->
            identity.uris().contains("urn:test:" + BareServer.metadataName(identity.metadata()))
                ? new Admission.Admitted("x", List.of(), List.of("topology subnet"))
                : new Admission.Refused("two names");
    BareClient thief = duel.client("client1", duel.pki.clientKey("client2"), HERE);
    thief.start(duel.server);
    thief.exchange(duel.server);
    assertThat(thief.closedReason).isEqualTo("AUTH_FAILED: two names");
    assertThat(duel.server.opened).isZero();
  }

  @Test
  void cve_2023_46849_the_largest_wrapped_key_leaves_room_for_messages() {
    Duel duel = Duel.withTls();
    byte[] metadata = new byte[WrappedClientKey.MAX_METADATA_BYTES];
    Arrays.fill(metadata, (byte) 'm');
    StaticKey key = StaticKey.random(duel.random);
    byte[] wkc = WrappedClientKey.wrap(duel.pki.serverKey(), key, metadata);
    assertThat(wkc).hasSize(WrappedClientKey.MAX_BYTES);
    BareClient client = duel.client("client1", new ClientKeyFile(key, wkc), HERE);
    client.start(duel.server);
    client.exchange(duel.server);
    assertThat(client.pushed).isNotNull();
  }

  /** CVE-2023-46850, CVE-2026-40215, CVE-2026-12996, CVE-2026-13117 are one family. */
  @Test
  void cve_2023_46850_what_leaves_after_a_session_is_replaced_is_of_the_session_it_goes_to() {
    Duel duel = Duel.withTls();
    ClientKeyFile key = duel.pki.clientKey("client1");
    List<BareServer.Sent> all = new ArrayList<>();
    BareClient old = duel.client("client1", key, HERE);
    old.start(duel.server);
    old.exchange(duel.server);
    BareClient again = duel.client("client1", key, HERE);
    again.start(duel.server);
    byte[] packet;
    while ((packet = again.out.poll()) != null) {
      duel.server.receive(HERE, packet);
      duel.server.runTasks();
      old.endpoint().renegotiate(duel.server.bootNanos, duel.server.wallSeconds);
      byte[] late;
      while ((late = old.out.poll()) != null) {
        duel.server.receive(HERE, late);
      }
      duel.server.runTasks();
      duel.server.advance(SECOND);
      for (BareServer.Sent sent : duel.server.sent) {
        all.add(sent);
        again.receive(sent.packet(), duel.server.bootNanos, duel.server.wallSeconds);
        again.runTasks(duel.server.bootNanos, duel.server.wallSeconds);
      }
      duel.server.sent.clear();
    }
    assertThat(duel.server.closed).contains("client1 REPLACED");
    TlsCrypt wrap = new TlsCrypt(key.key(), Role.CLIENT);
    List<String> ids = new ArrayList<>();
    for (BareServer.Sent sent : all) {
      if (Objects.requireNonNull(Opcode.ofFirstByte(sent.packet()[0])).isData()) {
        continue;
      }
      // Whole, authentic, and no replay id used twice by one session: no buffer was shared.
      Unwrapped unwrapped =
          Objects.requireNonNull(wrap.unwrap(sent.packet(), sent.packet().length));
      ids.add(unwrapped.sender() + " " + unwrapped.replayId());
    }
    assertThat(ids).doesNotHaveDuplicates().hasSizeGreaterThan(4);
  }

  @Test
  void cve_2024_28882_a_client_that_keeps_saying_exit_is_gone_five_seconds_after_the_first() {
    Duel duel = Duel.withTls();
    BareClient client = duel.connected("client1", HERE);
    for (int second = 0; second < 5; second++) {
      client.endpoint().leave(duel.server.bootNanos, duel.server.wallSeconds);
      byte[] packet;
      client.runTasks(duel.server.bootNanos, duel.server.wallSeconds);
      while ((packet = client.out.poll()) != null) {
        duel.server.receive(HERE, packet);
      }
      duel.server.runTasks();
      assertThat(duel.server.closed).containsExactly("client1 EXIT");
      duel.server.advance(SECOND);
    }
    assertThat(duel.server.endpoint().nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void cve_2025_2704_a_second_wrapped_key_is_stripped_and_sets_no_key() {
    Duel duel = Duel.withTls();
    BareClient client = duel.client("client1", HERE);
    client.start(duel.server);
    byte[] reset = Objects.requireNonNull(client.out.peek());
    duel.server.receive(HERE, Objects.requireNonNull(client.out.poll()));
    client.receive(
        duel.server.sent.removeFirst().packet(), duel.server.bootNanos, duel.server.wallSeconds);
    client.runTasks(duel.server.bootNanos, duel.server.wallSeconds);
    byte[] third = Objects.requireNonNull(client.out.peek());
    byte[] other = duel.pki.clientKey("client2").wkc();
    for (int i = 0; i < 5; i++) {
      duel.server.receive(HERE, third.clone());
      duel.server.receive(HERE, reset.clone());
      byte[] swapped = Arrays.copyOf(third, third.length - client1Wkc(third) + other.length);
      System.arraycopy(other, 0, swapped, swapped.length - other.length, other.length);
      duel.server.receive(HERE, swapped);
      byte[] lie = third.clone();
      lie[lie.length - 1]++;
      duel.server.receive(HERE, lie);
    }
    assertThat(duel.server.endpoint().halfOpenSessions()).isEqualTo(1);
    client.exchange(duel.server);
    assertThat(client.pushed).isNotNull();
  }

  private static int client1Wkc(byte[] packet) {
    return WrappedClientKey.lengthAtEnd(packet, packet.length);
  }

  /** CVE-2026-12932 and CVE-2026-13698: memory for each packet that is not even a session. */
  @Test
  void cve_2026_12932_first_packets_by_the_thousand_leave_nothing_behind() {
    Duel duel = Duel.withTls();
    BareClient client = duel.client("client1", HERE);
    client.start(duel.server);
    byte[] reset = Objects.requireNonNull(client.out.poll());
    for (int port = 1; port <= 4000; port++) {
      duel.server.receive(BareServer.path(Transport.UDP, port, port), reset.clone());
    }
    assertThat(duel.server.sent).hasSize(4000);
    assertThat(duel.server.sent).allMatch(sent -> sent.packet().length < reset.length);
    assertThat(duel.server.tasks).isEmpty();
    assertThat(duel.server.endpoint().halfOpenSessions()).isZero();
    assertThat(duel.server.endpoint().nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  /** Hardening of 2.7.6, which has no number. */
  @Test
  void hard_reset_with_another_message_id_than_zero_is_ignored() {
    Duel duel = Duel.withTls();
    ClientKeyFile key = duel.pki.clientKey("client1");
    TlsCrypt wrap = new TlsCrypt(key.key(), Role.CLIENT);
    for (int id = 1; id < 4; id++) {
      byte[] body = new ControlBody(new int[0], SessionId.UNDEFINED, id, new byte[0]).encode();
      byte[] packet =
          wrap.wrap(
              Opcode.firstByte(Opcode.CONTROL_HARD_RESET_CLIENT_V3, 0),
              new SessionId(99),
              new ReplayId(0x0f000001, 5),
              body);
      byte[] whole = Arrays.copyOf(packet, packet.length + key.wkc().length);
      System.arraycopy(key.wkc(), 0, whole, packet.length, key.wkc().length);
      duel.server.receive(HERE, whole);
    }
    assertThat(duel.server.sent).isEmpty();
    assertThat(duel.server.drops(DropReason.MALFORMED)).isEqualTo(3);
  }

  @Test
  void what_a_stranger_says_of_itself_is_plain_text_when_it_is_asked_for() {
    // CVE-2024-5594's other half: names and versions that end up in logs and status.
    String hostile =
        "IV_VER=2.6\u001b[2J\u0000x\r\nIV_PLAT=$(reboot)`id`\nUV_X=\u00c0\u00ae\u202e\n"
            + "IV_GUI_VER="
            + "A".repeat(70_000)
            + "\nbad\u0007name=1\nUV_"
            + "N".repeat(300)
            + "=1\n";
    var info = dev.ovenbird.protocol.message.PeerInfo.parse(hostile);
    info.values()
        .forEach(
            (name, value) ->
                assertThat(name + value)
                    .hasSizeLessThan(256)
                    .matches("[!-~]*")
                    .doesNotContain("$", "`", "("));
    assertThat(info.values()).doesNotContainKey("IV_GUI_VER");
    assertThat(new String(hostile.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .isEqualTo(hostile);
  }
}

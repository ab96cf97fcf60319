package dev.ovenbird.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ControlWrap;
import dev.ovenbird.protocol.wrap.StaticWrap;
import dev.ovenbird.protocol.wrap.Unwrapped;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every protection of the control channel, in both roles. */
class WrapTest {
  private static final long SECOND = Simulation.SECOND;

  static Stream<Arguments> wrapsAndLinks() {
    return Stream.of(Wraps.values())
        .flatMap(
            wrap ->
                Stream.of(LinkConditions.REORDERING, LinkConditions.AWFUL)
                    .flatMap(
                        link ->
                            Stream.of(false, true)
                                .map(renewed -> Arguments.of(wrap, link, renewed))));
  }

  @ParameterizedTest(name = "{0} {1} dynamic {2}")
  @MethodSource("wrapsAndLinks")
  void client_connects_and_renegotiates(Wraps wrap, LinkConditions link, boolean renewed) {
    World world = world(1, renewed);
    SimulatedClient client = world.client(link, Transport.UDP, wrap);
    world.connect(client);
    world.traffic(client, 200 * Simulation.MILLI);
    for (int i = 0; i < 2; i++) {
      world.simulation.run(15 * SECOND);
      client.renegotiate();
    }
    world.simulation.run(20 * SECOND);
    world.quiet();
    assertThat(client.closedReason).isNull();
    assertThat(client.renegotiations).isGreaterThanOrEqualTo(2);
    assertThat(world.server.closed).isEmpty();
    assertThat((double) client.toServer.delivered() / client.toServer.sent())
        .isGreaterThan(0.9 * (1 - link.loss()) * (1 - link.corrupt()));
    assertThat(String.join(" ", Objects.requireNonNull(client.pushed)).contains("dyn-tls-crypt"))
        .isEqualTo(renewed);
  }

  @Test
  void key_of_the_session_protects_renegotiations_after_key_ids_have_begun_again() {
    World world = world(2, true);
    SimulatedClient client = world.client(LinkConditions.LOSSY, Transport.UDP, Wraps.TLS_AUTH_SHA1);
    world.connect(client);
    for (int i = 0; i < 9; i++) {
      client.renegotiate();
      world.simulation.run(10 * SECOND);
    }
    assertThat(client.closedReason).isNull();
    assertThat(client.renegotiations).isGreaterThanOrEqualTo(9);
  }

  @ParameterizedTest
  @EnumSource(Wraps.class)
  void tcp_client_connects_and_renegotiates(Wraps wrap) {
    World world = world(1, true);
    SimulatedClient client = world.client(LinkConditions.CLEAN, Transport.TCP, wrap);
    world.connect(client);
    client.renegotiate();
    world.simulation.run(5 * SECOND);
    assertThat(client.renegotiations).isEqualTo(1);
    assertThat(client.closedReason).isNull();
  }

  @ParameterizedTest
  @EnumSource(Wraps.class)
  void client_without_dynamic_tls_crypt_is_not_told_of_it(Wraps wrap) {
    World world = world(2, true);
    String name = "client1";
    SimulatedClient old =
        world.client(
            LinkConditions.LOSSY,
            Transport.UDP,
            config ->
                config
                    .withWrap(wrap.of(world.pki, name))
                    .withFeatures(ClientConfig.Features.OPENVPN_2_5));
    world.connect(old);
    old.renegotiate();
    world.simulation.run(20 * SECOND);
    assertThat(old.renegotiations).isEqualTo(1);
    assertThat(String.join(" ", Objects.requireNonNull(old.pushed)))
        .doesNotContain("dyn-tls-crypt");
  }

  @Test
  void clients_of_every_kind_share_one_listener() {
    World world = world(3, true);
    List<SimulatedClient> clients =
        Stream.of(Wraps.values())
            .map(wrap -> world.client(LinkConditions.LOSSY, Transport.UDP, wrap))
            .toList();
    clients.forEach(world::connect);
    assertThat(world.server.endpoint().sessions()).hasSize(Wraps.values().length);
  }

  @ParameterizedTest
  @EnumSource(Wraps.class)
  void renegotiations_are_protected_by_another_key_that_numbers_its_packets_from_one(Wraps wrap) {
    World world = world(4, true);
    SimulatedClient client = world.client(LinkConditions.CLEAN, Transport.UDP, wrap);
    world.connect(client);
    world.simulation.run(SECOND);
    int before = client.sentPackets.size();
    for (int i = 0; i < 2; i++) {
      client.renegotiate();
      world.simulation.run(3 * SECOND);
    }
    List<byte[]> later =
        client.sentPackets.subList(before, client.sentPackets.size()).stream()
            .filter(packet -> !Objects.requireNonNull(Opcode.ofFirstByte(packet[0])).isData())
            .toList();
    assertThat(later).hasSizeGreaterThan(8);
    int counter = 0;
    List<Integer> keyIds = new ArrayList<>();
    for (byte[] packet : later) {
      assertThat(Objects.requireNonNull(Opcode.ofFirstByte(packet[0])).carriesWrappedClientKey())
          .isFalse();
      StaticWrap shared = wrap.shared(world.pki);
      if (shared != null) {
        assertThat(shared.control(Role.SERVER).unwrap(packet, packet.length)).isNull();
      }
      // tls-crypt's form whatever the first wrap was: the replay id is at 9.
      assertThat(java.nio.ByteBuffer.wrap(packet).getInt(9)).isEqualTo(++counter);
      keyIds.add(Opcode.keyId(packet[0]));
    }
    assertThat(keyIds).contains(1, 2).doesNotContain(0);
  }

  @ParameterizedTest
  @EnumSource(Wraps.class)
  void answer_to_a_stranger_is_at_most_a_third_longer(Wraps wrap) {
    World world = world(5, false);
    SimulatedClient client = world.client(LinkConditions.CLEAN, Transport.UDP, wrap);
    byte[] reset = client.sentPackets.getFirst().clone();
    world.server.sentPackets.clear();
    world.server.receive(client.path(), reset);
    assertThat(world.server.sentPackets).hasSize(1);
    assertThat(world.server.sentPackets.getFirst().length / (double) reset.length)
        .isLessThanOrEqualTo(1.35);
  }

  @Test
  void shared_key_leaves_no_state_before_the_cookie_is_back() {
    World world = world(6, false);
    SimulatedClient client =
        world.client(new LinkConditions("cut", 0, 0, 1, 0, 0), Transport.UDP, Wraps.TLS_CRYPT);
    byte[] reset = client.sentPackets.getFirst();
    for (int port = 1; port < 3000; port++) {
      client.changePort(port);
      world.server.receive(client.path(), reset.clone());
    }
    assertThat(world.server.endpoint().halfOpenSessions()).isZero();
    assertThat(world.server.endpoint().nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void initial_packets_under_a_shared_key_are_limited_per_second() {
    World world =
        new World(
            7,
            (pki, config) ->
                Wraps.all(pki, false)
                    .apply(config)
                    .withLimits(new ServerConfig.Limits(10, 10, 10, 20, 2048)),
            World.PUSH);
    SimulatedClient client =
        world.client(new LinkConditions("cut", 0, 0, 1, 0, 0), Transport.UDP, Wraps.TLS_CRYPT);
    byte[] reset = client.sentPackets.getFirst();
    for (int i = 0; i < 100; i++) {
      world.server.receive(client.path(), reset.clone());
    }
    assertThat(world.server.sentPackets).hasSizeLessThanOrEqualTo(20);
    assertThat(world.server.drops.get(DropReason.LIMIT)).isGreaterThanOrEqualTo(80);
  }

  /** A stolen shared key keeps nobody out who has a key of his own. */
  @ParameterizedTest
  @EnumSource(Transport.class)
  void half_open_sessions_of_a_shared_key_get_half_of_the_places(Transport transport) {
    World world =
        new World(
            8,
            (pki, config) ->
                Wraps.all(pki, false)
                    .apply(config)
                    .withLimits(new ServerConfig.Limits(10, 6, 3, 5000, 2048)),
            World.PUSH);
    world.server.holdTasks();
    for (int i = 0; i < 6; i++) {
      world.client(LinkConditions.CLEAN, transport, Wraps.TLS_CRYPT);
    }
    // Each has its cookie or connection; no TLS gets through.
    world.simulation.run(5 * SECOND);
    assertThat(world.server.endpoint().halfOpenSessions()).isEqualTo(3);
    assertThat(world.server.drops).containsKey(DropReason.LIMIT);
    world.client(LinkConditions.CLEAN, transport, Wraps.TLS_CRYPT_V2);
    world.simulation.run(SECOND);
    assertThat(world.server.endpoint().halfOpenSessions()).isEqualTo(4);
    // And after the hand window they are forgotten.
    world.simulation.run(90 * SECOND);
    assertThat(world.server.endpoint().halfOpenSessions()).isZero();
  }

  @Test
  void server_without_shared_keys_is_silent_to_those_who_have_one() {
    World world = new World(9);
    for (Wraps wrap : Wraps.SHARED) {
      world.client(LinkConditions.CLEAN, Transport.UDP, wrap);
    }
    world.simulation.run(70 * SECOND);
    assertThat(world.server.sentPackets).isEmpty();
    assertThat(world.server.drops).containsOnlyKeys(DropReason.UNKNOWN_SESSION);
  }

  @ParameterizedTest
  @EnumSource(Wraps.class)
  void wrong_key_hears_nothing(Wraps wrap) {
    World world = world(10, true);
    TestPki others = new TestPki(world.simulation.forkSecure(), world.simulation.wallSeconds());
    world.client(
        LinkConditions.CLEAN, Transport.UDP, config -> config.withWrap(wrap.of(others, "client1")));
    world.simulation.run(70 * SECOND);
    assertThat(world.server.sentPackets).isEmpty();
    assertThat(world.server.drops).containsOnlyKeys(DropReason.WRAP_FAILED);
    assertThat(world.server.endpoint().halfOpenSessions()).isZero();
  }

  @Test
  void shared_key_taken_away_ends_no_session_and_begins_none() {
    World world = world(11, false);
    SimulatedClient client = world.client(LinkConditions.CLEAN, Transport.UDP, Wraps.TLS_CRYPT);
    world.connect(client);
    world.server.reconfigure(config -> config.withWraps(config.wraps().withShared()));
    client.renegotiate();
    world.simulation.run(5 * SECOND);
    assertThat(client.renegotiations).isEqualTo(1);
    SimulatedClient late = world.client(LinkConditions.CLEAN, Transport.UDP, Wraps.TLS_CRYPT);
    world.simulation.run(70 * SECOND);
    assertThat(late.isConnected()).isFalse();
    assertThat(client.isConnected()).isTrue();
  }

  /** Up to 2.5 an acknowledgement is sent once, digest 1.5. */
  @Test
  void old_client_whose_first_acknowledgement_was_lost_gets_the_answer_again() {
    World world = world(12, false);
    SimulatedClient client =
        world.client(new LinkConditions("cut", 0, 0, 1, 0, 0), Transport.UDP, Wraps.TLS_CRYPT);
    byte[] reset = client.sentPackets.getFirst();
    ControlWrap wrap = Wraps.TLS_CRYPT.of(world.pki, "client1").control(Role.CLIENT);
    Unwrapped first =
        Objects.requireNonNull(
            Wraps.TLS_CRYPT
                .of(world.pki, "client1")
                .control(Role.SERVER)
                .unwrap(reset, reset.length));
    byte[] hello = new byte[5 + 200];
    hello[4] = 1;
    byte[] withoutAck =
        wrap.wrap(
            Opcode.firstByte(Opcode.CONTROL_V1, 0),
            first.sender(),
            new dev.ovenbird.protocol.wrap.ReplayId(3, first.replayId().time()),
            hello);
    world.server.sentPackets.clear();
    world.server.receive(client.path(), withoutAck);
    assertThat(world.server.sentPackets).hasSize(1);
    byte[] answer = world.server.sentPackets.getFirst();
    assertThat(Opcode.ofFirstByte(answer[0])).isEqualTo(Opcode.CONTROL_HARD_RESET_SERVER_V2);
    assertThat(answer.length).isLessThan(withoutAck.length);
    assertThat(world.server.endpoint().halfOpenSessions()).isZero();
    // What doesn't come second gets no answer.
    hello[4] = 2;
    world.server.receive(
        client.path(),
        wrap.wrap(
            Opcode.firstByte(Opcode.CONTROL_V1, 0),
            first.sender(),
            new dev.ovenbird.protocol.wrap.ReplayId(4, first.replayId().time()),
            hello));
    assertThat(world.server.sentPackets).hasSize(1);
  }

  private static World world(long seed, boolean renewed) {
    return new World(
        seed,
        (pki, config) -> Wraps.all(pki, renewed).apply(config.withRenegotiationNanos(30 * SECOND)),
        World.PUSH);
  }
}

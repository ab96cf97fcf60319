package dev.ovenbird.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Transport;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How sessions end, move, and withstand what strangers send. */
class SessionLifeTest {
  private static final long SECOND = Simulation.SECOND;

  @Test
  void client_that_leaves_is_gone_at_once() {
    World world = new World(1);
    SimulatedClient client = world.connected(LinkConditions.CLEAN);
    client.leave();
    world.simulation.run(SECOND);
    assertThat(world.server.closed).containsExactly("client1 EXIT");
    assertThat(client.closedReason).as("the server has heard it").isEqualTo("left");
  }

  /** A TLS session is most of what a client takes; thousands may come and go in those seconds. */
  @Test
  void tls_session_of_who_has_left_or_was_cut_off_is_forgotten_while_its_control_channel_lingers() {
    OpenEngines engines = new OpenEngines();
    World world = new World(1, engines::watch, World.PUSH);
    SimulatedClient leaves = world.connected(LinkConditions.CLEAN);
    SimulatedClient cutOff = world.connected(LinkConditions.CLEAN);
    assertThat(engines.open()).isEqualTo(2);
    leaves.leave();
    world.server.cutOff("client2", "access suspended");
    world.simulation.run(SECOND);
    assertThat(engines.open()).isZero();
    assertThat(leaves.closedReason).isEqualTo("left");
    assertThat(cutOff.closedReason).isEqualTo("AUTH_FAILED: access suspended");
  }

  /** It says EXIT once, on the key that it knows; seen with openvpn 2.6. */
  @Test
  void client_that_leaves_just_when_the_server_renegotiates_is_gone_at_once() {
    OpenEngines engines = new OpenEngines();
    World world =
        new World(
            1, config -> engines.watch(config.withRenegotiationNanos(10 * SECOND)), World.PUSH);
    SimulatedClient client = world.connected(LinkConditions.CLEAN);
    List<byte[]> sent = world.server.sentPackets;
    assertThat(
            world.simulation.runUntil(
                () -> sent.getLast()[0] >> 3 == Opcode.CONTROL_SOFT_RESET_V1.code(), 20 * SECOND))
        .isTrue();
    client.leave();
    world.simulation.run(SECOND);
    assertThat(world.server.closed).containsExactly("client1 EXIT");
    assertThat(engines.open()).isZero();
  }

  @Test
  void old_client_that_leaves_by_occ_is_gone_at_once() {
    World world = new World(1);
    SimulatedClient client =
        world.client(
            LinkConditions.CLEAN,
            Transport.UDP,
            config -> config.withFeatures(ClientConfig.Features.OPENVPN_2_5));
    world.connect(client);
    client.leave();
    world.simulation.run(SECOND);
    assertThat(world.server.closed).containsExactly("client1 EXIT");
  }

  @Test
  void silent_client_is_forgotten_after_twice_the_ping_restart() {
    World world = new World(2);
    SimulatedClient client = world.connected(LinkConditions.CLEAN);
    world.simulation.run(100 * SECOND);
    assertThat(world.server.closed).isEmpty();
    client.conditions(new LinkConditions("cut", 0, 0, 1, 0, 0));
    world.simulation.run(45 * SECOND);
    assertThat(client.closedReason).isEqualTo("ping timeout");
    world.simulation.run(10 * SECOND);
    assertThat(world.server.closed).containsExactly("client1 PING_TIMEOUT");
  }

  @Test
  void cut_off_client_hears_why_and_its_packets_go_nowhere() {
    World world = new World(3);
    SimulatedClient client = world.connected(LinkConditions.CLEAN);
    world.traffic(client, 10 * Simulation.MILLI);
    world.simulation.run(SECOND);
    world.server.cutOff("client1", "access suspended");
    int delivered = client.toServer.delivered();
    world.simulation.run(SECOND);
    assertThat(client.toServer.delivered()).isEqualTo(delivered);
    assertThat(client.closedReason).isEqualTo("AUTH_FAILED: access suspended");
    assertThat(world.server.closed).containsExactly("client1 CUT_OFF");
  }

  @Test
  void client_unknown_to_the_roster_hears_nothing() {
    World world = new World(4);
    SimulatedClient client = world.client(LinkConditions.CLEAN);
    world.server.roster.clear();
    world.simulation.run(70 * SECOND);
    assertThat(client.isConnected()).isFalse();
    assertThat(world.server.drops).containsOnlyKeys(DropReason.UNKNOWN_CLIENT);
    assertThat(world.server.endpoint().halfOpenSessions()).isZero();
  }

  @Test
  void client_that_was_removed_is_refused_at_its_next_renegotiation() {
    World world = new World(5);
    SimulatedClient client = world.connected(LinkConditions.CLEAN);
    world.server.roster.clear();
    client.renegotiate();
    world.simulation.run(5 * SECOND);
    assertThat(client.closedReason).isEqualTo("AUTH_FAILED: not in the roster");
    assertThat(world.server.closed).containsExactly("client1 CUT_OFF");
  }

  @Test
  void session_follows_its_client_to_another_port() {
    World world = new World(6);
    SimulatedClient client = world.connected(LinkConditions.CLEAN);
    world.traffic(client, 20 * Simulation.MILLI);
    world.simulation.run(SECOND);
    client.changePort(50_000);
    world.simulation.run(SECOND);
    client.renegotiate();
    world.simulation.run(2 * SECOND);
    world.quiet();
    assertThat(world.server.moved).isEqualTo(1);
    assertThat(client.renegotiations).isEqualTo(1);
    assertThat(world.server.opened).isEqualTo(1);
    assertThat(client.toServer.delivered()).isEqualTo(client.toServer.sent());
  }

  @Test
  void new_session_of_a_client_replaces_its_old_one() {
    World world = new World(7);
    world.connected(LinkConditions.CLEAN);
    connectAgain(world);
    assertThat(world.server.closed).containsExactly("client1 REPLACED");
    assertThat(world.server.endpoint().sessions()).hasSize(1);
  }

  @Test
  void captured_packets_sent_again_change_nothing() {
    World world = new World(8);
    SimulatedClient client = world.connected(LinkConditions.CLEAN);
    world.traffic(client, 20 * Simulation.MILLI);
    world.simulation.run(5 * SECOND);
    client.renegotiate();
    world.simulation.run(5 * SECOND);
    Random random = new Random(8);
    for (int i = 0; i < 2000; i++) {
      byte[] captured = client.sentPackets.get(random.nextInt(client.sentPackets.size()));
      world.server.receive(client.path(), captured.clone());
    }
    world.quiet();
    // NumberedPackets fails the test if one of them is delivered a second time.
    assertThat(client.closedReason).isNull();
    assertThat(world.server.closed).isEmpty();
    assertThat(client.toServer.delivered()).isEqualTo(client.toServer.sent());
    assertThat(world.server.drops).containsKeys(DropReason.DATA_REPLAY, DropReason.CONTROL_REPLAY);
  }

  @Test
  void garbage_and_mutated_packets_cost_a_counter_each_and_nothing_else() {
    World world = new World(9);
    SimulatedClient client = world.connected(LinkConditions.CLEAN);
    world.traffic(client, 20 * Simulation.MILLI);
    world.simulation.run(2 * SECOND);
    Random random = new Random(9);
    for (int i = 0; i < 20_000; i++) {
      byte[] packet;
      if (random.nextBoolean()) {
        packet = new byte[random.nextInt(200)];
        random.nextBytes(packet);
      } else {
        packet = client.sentPackets.get(random.nextInt(client.sentPackets.size())).clone();
        packet[random.nextInt(packet.length)] ^= (byte) (1 + random.nextInt(255));
      }
      world.server.receive(client.path(), packet);
    }
    world.quiet();
    assertThat(client.closedReason).isNull();
    assertThat(client.toServer.delivered()).isEqualTo(client.toServer.sent());
    assertThat(world.server.endpoint().halfOpenSessions()).isZero();
  }

  @Test
  void strangers_first_packets_leave_no_state_behind() {
    World world = new World(10);
    world.server.roster.add("client1");
    SimulatedClient client = world.client(LinkConditions.CLEAN);
    byte[] reset = client.sentPackets.getFirst();
    for (int port = 1; port < 3000; port++) {
      client.changePort(port);
      world.server.receive(client.path(), reset.clone());
    }
    assertThat(world.server.endpoint().halfOpenSessions()).isZero();
    assertThat(world.server.endpoint().nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void full_server_turns_newcomers_away_and_takes_its_clients_back() {
    World world =
        new World(
            11,
            config -> config.withLimits(new ServerConfig.Limits(1, 10, 10, 5000, 2048)),
            World.PUSH);
    world.connected(LinkConditions.CLEAN);
    SimulatedClient second = world.client(LinkConditions.CLEAN);
    world.simulation.runUntil(() -> second.closedReason != null, 10 * SECOND);
    assertThat(second.closedReason).contains("full");
    connectAgain(world);
    assertThat(world.server.closed).containsExactly("client1 REPLACED");
  }

  @Test
  void stopping_server_sends_its_clients_elsewhere() {
    World world = new World(12);
    SimulatedClient client = world.connected(LinkConditions.LOSSY);
    world.server.shutdown();
    world.simulation.run(5 * SECOND);
    assertThat(client.closedReason).isEqualTo("RESTART");
    assertThat(world.server.closed).isEqualTo(List.of("client1 SHUTDOWN"));
  }

  /** The first client, from another address and with nothing of its old session. */
  private static void connectAgain(World world) {
    SimulatedClient again =
        new SimulatedClient(
            world.simulation,
            world.server,
            world.pki,
            "client1",
            99,
            LinkConditions.CLEAN,
            Transport.UDP,
            config -> config);
    again.start();
    world.connect(again);
  }
}

package dev.ovenbird.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.wire.Transport;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Client and server over every kind of bad link. That packets arrive unchanged, once, and at the
 * right one, is checked with every packet by {@link NumberedPackets}.
 */
class SimulationTest {
  private static final long SECOND = Simulation.SECOND;
  private static final List<LinkConditions> ALL =
      List.of(
          LinkConditions.CLEAN,
          LinkConditions.LOSSY,
          LinkConditions.REORDERING,
          LinkConditions.DUPLICATING,
          LinkConditions.CORRUPTING,
          LinkConditions.AWFUL);

  /** Seeds: a few, or the one given by -Dsimulation.seed. */
  private static List<Long> seeds() {
    Long only = Long.getLong("simulation.seed");
    return only != null ? List.of(only) : List.of(1L, 2L, 3L);
  }

  static Stream<org.junit.jupiter.params.provider.Arguments> seedsAndLinks() {
    return seeds().stream()
        .flatMap(
            seed ->
                ALL.stream()
                    .map(link -> org.junit.jupiter.params.provider.Arguments.of(seed, link)));
  }

  static UnaryOperator<ServerConfig> renegotiatingEvery(long seconds) {
    return config -> config.withRenegotiationNanos(seconds * SECOND);
  }

  @ParameterizedTest
  @MethodSource("seedsAndLinks")
  void same_seed_gives_the_same_history_and_every_packet_is_right(long seed, LinkConditions link) {
    Function<Long, World> run =
        s -> {
          World world = new World(s, renegotiatingEvery(30), World.PUSH);
          SimulatedClient client = world.connected(link);
          world.traffic(client, 50 * Simulation.MILLI);
          for (int i = 0; i < 4; i++) {
            world.simulation.run(20 * SECOND);
            client.renegotiate();
          }
          world.simulation.run(60 * SECOND);
          world.quiet();
          assertThat(client.closedReason).as("seed %d %s", s, link.name()).isNull();
          assertThat(world.server.closed).isEmpty();
          assertThat(client.renegotiations).isGreaterThanOrEqualTo(4);
          double expected = 0.95 * (1 - link.loss()) * (1 - link.corrupt());
          assertThat((double) client.toServer.delivered() / client.toServer.sent())
              .isGreaterThan(expected);
          assertThat((double) client.fromServer.delivered() / client.fromServer.sent())
              .isGreaterThan(expected);
          return world;
        };
    assertThat(run.apply(seed).simulation.log()).isEqualTo(run.apply(seed).simulation.log());
  }

  @Test
  void clean_link_loses_nothing_through_a_hundred_renegotiations_from_either_side() {
    World world = new World(7, renegotiatingEvery(2), World.PUSH);
    SimulatedClient client = world.connected(LinkConditions.CLEAN);
    world.traffic(client, 2 * Simulation.MILLI);
    Random random = new Random(7);
    while (client.renegotiations < 100) {
      world.simulation.run(random.nextLong(2 * SECOND));
      client.renegotiate();
    }
    world.quiet();
    assertThat(client.closedReason).isNull();
    assertThat(client.toServer.delivered()).isEqualTo(client.toServer.sent());
    assertThat(client.fromServer.delivered()).isEqualTo(client.fromServer.sent());
  }

  @ParameterizedTest
  @MethodSource("seedsAndLinks")
  void older_clients_connect_without_cookie_or_exporter(long seed, LinkConditions link) {
    World world = new World(seed);
    SimulatedClient old =
        world.client(
            link, Transport.UDP, config -> config.withFeatures(ClientConfig.Features.OPENVPN_2_5));
    SimulatedClient older =
        world.client(
            link,
            Transport.UDP,
            config -> config.withFeatures(ClientConfig.Features.WITHOUT_PEER_ID));
    world.connect(old);
    world.connect(older);
    world.traffic(old, 100 * Simulation.MILLI);
    world.traffic(older, 100 * Simulation.MILLI);
    world.simulation.run(20 * SECOND);
    world.quiet();
    assertThat(old.pushed).anyMatch(option -> option.startsWith("peer-id"));
    assertThat(older.pushed).noneMatch(option -> option.startsWith("peer-id"));
    assertThat(old.toServer.delivered()).isPositive();
    assertThat(older.toServer.delivered()).isPositive();
  }

  @Test
  void tcp_client_connects_without_cookie() {
    World world = new World(3);
    SimulatedClient client = world.client(LinkConditions.CLEAN, Transport.TCP, config -> config);
    world.connect(client);
    world.traffic(client, 10 * Simulation.MILLI);
    world.simulation.run(10 * SECOND);
    world.quiet();
    assertThat(client.toServer.delivered()).isEqualTo(client.toServer.sent());
  }

  @Test
  void many_clients_keep_apart() {
    World world = new World(11);
    List<SimulatedClient> clients =
        IntStream.range(0, 20).mapToObj(_ -> world.client(LinkConditions.LOSSY)).toList();
    clients.forEach(world::connect);
    clients.forEach(client -> world.traffic(client, 100 * Simulation.MILLI));
    world.simulation.run(20 * SECOND);
    world.quiet();
    assertThat(world.server.endpoint().sessions()).hasSize(20);
    assertThat(clients).allMatch(client -> client.toServer.delivered() > 100);
  }

  @Test
  void long_push_reply_arrives_whole_and_in_order() {
    List<String> push =
        IntStream.range(0, 200).mapToObj(i -> "route 10.%d.0.0 255.255.0.0".formatted(i)).toList();
    World world = new World(5, config -> config, push);
    SimulatedClient client = world.connected(LinkConditions.LOSSY);
    assertThat(client.pushed).containsSubsequence(push);
  }
}

package dev.ovenbird.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.wire.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pushed options that change under connected clients (digest 6.5). */
class OptionsChangeTest {
  private static final long SECOND = Simulation.SECOND;

  private static List<String> withRoutes(int count) {
    List<String> options = new ArrayList<>(World.PUSH);
    IntStream.range(0, count)
        .mapToObj(i -> "route 10." + i / 256 + "." + i % 256 + ".0 255.255.255.0")
        .forEach(options::add);
    return options;
  }

  private static void hasJust(SimulatedClient client, List<String> options) {
    List<String> pushed = Objects.requireNonNull(client.pushed);
    assertThat(pushed).containsAll(options);
    assertThat(pushed.stream().filter(option -> option.startsWith("route ")))
        .hasSize((int) options.stream().filter(option -> option.startsWith("route ")).count());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 29, 200})
  void a_connected_client_gets_changed_options_over_a_bad_link(int routes) {
    World world = new World(routes);
    SimulatedClient client = world.connected(LinkConditions.AWFUL);
    world.traffic(client, 20 * Simulation.MILLI);
    world.server.push(withRoutes(routes));
    world.simulation.run(60 * SECOND);
    hasJust(client, withRoutes(routes));
    world.server.push(World.PUSH);
    world.simulation.run(60 * SECOND);
    hasJust(client, World.PUSH);
    assertThat(client.closedReason).isNull();
    assertThat(world.server.opened).isEqualTo(1);
  }

  @Test
  void options_that_change_during_a_renegotiation_come_after_it() {
    World world = new World(7);
    SimulatedClient client = world.connected(LinkConditions.LOSSY);
    client.renegotiate();
    world.simulation.run(30 * Simulation.MILLI);
    world.server.push(withRoutes(1));
    world.server.push(withRoutes(2));
    world.simulation.run(60 * SECOND);
    assertThat(client.renegotiations).isEqualTo(1);
    hasJust(client, withRoutes(2));
    assertThat(client.closedReason).isNull();
  }

  @Test
  void a_client_that_cannot_change_them_keeps_its_options_and_its_session() {
    World world = new World(8);
    SimulatedClient client =
        world.client(
            LinkConditions.CLEAN,
            Transport.UDP,
            config -> config.withFeatures(ClientConfig.Features.OPENVPN_2_5));
    world.connect(client);
    List<String> before = client.pushed;
    world.server.push(withRoutes(3));
    world.simulation.run(10 * SECOND);
    assertThat(client.pushed).isEqualTo(before);
    assertThat(client.closedReason).isNull();
  }

  @Test
  void what_no_client_changes_while_connected_disturbs_nobody() {
    World world = new World(9);
    SimulatedClient client = world.connected(LinkConditions.CLEAN);
    List<String> options = withRoutes(1);
    options.add("sndbuf 100000");
    world.server.push(options);
    world.simulation.run(10 * SECOND);
    hasJust(client, withRoutes(1));
    assertThat(client.closedReason).isNull();
  }
}

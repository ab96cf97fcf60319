package dev.ovenbird.testkit;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.wire.Transport;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** One server and its clients in a simulation, with traffic. */
final class World {
  static final List<String> PUSH = List.of("topology subnet", "ifconfig 10.88.0.2 255.255.0.0");

  final Simulation simulation;
  final TestPki pki;
  final SimulatedServer server;
  final List<SimulatedClient> clients = new ArrayList<>();
  private boolean traffic = true;

  World(long seed) {
    this(seed, config -> config, PUSH);
  }

  World(long seed, UnaryOperator<ServerConfig> changes, List<String> push) {
    this(seed, (_, config) -> changes.apply(config), push);
  }

  World(long seed, BiFunction<TestPki, ServerConfig, ServerConfig> changes, List<String> push) {
    simulation = new Simulation(seed);
    pki = new TestPki(simulation.forkSecure(), simulation.wallSeconds());
    server = new SimulatedServer(simulation, pki, config -> changes.apply(pki, config), push);
    simulation.invariant(this::check);
  }

  /** What holds after every step, whatever the link did. */
  private void check() {
    int halfOpen = server.endpoint().halfOpenSessions();
    if (halfOpen < 0 || halfOpen > SimulatedServer.MAX_SESSIONS) {
      throw new AssertionError(halfOpen + " half-open sessions");
    }
    Set<String> ids = new HashSet<>();
    Set<Integer> peerIds = new HashSet<>();
    for (ServerSession session : server.endpoint().sessions()) {
      if (!ids.add(session.clientId()) || !peerIds.add(session.peerId())) {
        throw new AssertionError("two sessions of " + session.clientId());
      }
      if (server.endpoint().session(session.peerId()) != session) {
        throw new AssertionError("peer id " + session.peerId() + " leads elsewhere");
      }
    }
    if (server.opened - server.closed.size() != ids.size()) {
      throw new AssertionError("sessions were opened or closed without a word to the host");
    }
  }

  SimulatedClient client(LinkConditions conditions) {
    return client(conditions, Transport.UDP, config -> config);
  }

  SimulatedClient client(
      LinkConditions conditions, Transport transport, UnaryOperator<ClientConfig> changes) {
    int number = clients.size() + 1;
    String name = "client" + number;
    server.roster.add(name);
    SimulatedClient client =
        new SimulatedClient(simulation, server, pki, name, number, conditions, transport, changes);
    clients.add(client);
    client.start();
    return client;
  }

  /** One whose control packets are protected in that way. */
  SimulatedClient client(LinkConditions conditions, Transport transport, Wraps wrap) {
    String name = "client" + (clients.size() + 1);
    return client(conditions, transport, config -> config.withWrap(wrap.of(pki, name)));
  }

  /** Connects within the time or fails. */
  SimulatedClient connected(LinkConditions conditions) {
    SimulatedClient client = client(conditions);
    connect(client);
    return client;
  }

  void connect(SimulatedClient client) {
    if (!simulation.runUntil(client::isConnected, 120 * Simulation.SECOND)) {
      throw new AssertionError(
          "not connected, seed " + simulation.seed() + "\n" + String.join("\n", simulation.log()));
    }
  }

  /** A packet each way every so often, until {@link #quiet}. */
  void traffic(SimulatedClient client, long everyNanos) {
    simulation.after(
        everyNanos,
        () -> {
          if (traffic) {
            client.exchange();
            traffic(client, everyNanos);
          }
        });
  }

  /** No more new packets; what is under way arrives. */
  void quiet() {
    traffic = false;
    simulation.run(Simulation.SECOND);
  }
}

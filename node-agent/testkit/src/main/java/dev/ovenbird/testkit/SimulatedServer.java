package dev.ovenbird.testkit;

import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.JdkAeadProvider;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.session.ServerEndpoint;
import dev.ovenbird.protocol.session.ServerHost;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.session.SlowTask;
import dev.ovenbird.protocol.tls.BcTlsServerEngineFactory;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.tls.TlsVersion;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A {@link ServerEndpoint} in a {@link Simulation}. Admits the names in {@link #roster}. */
public final class SimulatedServer implements ServerHost, Admission {
  /** Limit on open sessions, and on half-open ones. */
  public static final int MAX_SESSIONS = 50;

  public final Set<String> roster = new HashSet<>();
  public final List<String> closed = new ArrayList<>();
  public final Map<DropReason, Integer> drops = new EnumMap<>(DropReason.class);
  public final Map<String, NumberedPackets> fromClients = new HashMap<>();
  public int opened;
  public int moved;

  private final Simulation simulation;
  private final Random slowness;
  private final ServerEndpoint endpoint;
  private final Map<LinkPath, SimulatedClient> clients = new HashMap<>();
  private final List<String> push;
  private long wakeAt = Long.MAX_VALUE;

  public SimulatedServer(
      Simulation simulation, TestPki pki, UnaryOperator<ServerConfig> changes, List<String> push) {
    this.simulation = simulation;
    this.slowness = simulation.fork();
    this.push = push;
    ServerConfig config = changes.apply(config(simulation, pki, TlsVersion.TLS12));
    this.endpoint =
        new ServerEndpoint(
            config,
            this,
            this,
            MemorySegment.ofArray(
                new byte
                    [Math.toIntExact(config.limits().maxSessions() * ServerEndpoint.RECORD_BYTES)]),
            simulation.forkSecure());
  }

  private static ServerConfig config(Simulation simulation, TestPki pki, TlsVersion minimum) {
    return new ServerConfig(
        List.of(pki.serverKey()),
        new BcTlsServerEngineFactory(
            simulation.forkSecure(),
            simulation::wallSeconds,
            pki.server("server"),
            pki.anchors(),
            minimum),
        new JdkAeadProvider(),
        List.of(DataCipher.values()),
        3600 * Simulation.SECOND,
        60 * Simulation.SECOND,
        3600 * Simulation.SECOND,
        8 * Simulation.SECOND,
        24 * Simulation.SECOND,
        new ServerConfig.Limits(MAX_SESSIONS, MAX_SESSIONS, 10, 5000, 2048));
  }

  public ServerEndpoint endpoint() {
    return endpoint;
  }

  void connect(LinkPath path, SimulatedClient client) {
    clients.put(path, client);
  }

  /** A packet arrives. */
  public void receive(LinkPath from, byte[] packet) {
    endpoint.received(
        from,
        MemorySegment.ofArray(packet),
        0,
        packet.length,
        simulation.now(),
        simulation.wallSeconds());
    wake();
  }

  /** Sends a tunnel packet to a client; false if it isn't there. */
  public boolean send(String clientId, byte[] packet) {
    for (ServerSession session : endpoint.sessions()) {
      if (session.clientId().equals(clientId)) {
        MemorySegment out = MemorySegment.ofArray(new byte[packet.length + session.overhead()]);
        int length =
            session.seal(MemorySegment.ofArray(packet), 0, packet.length, out, 0, simulation.now());
        if (length > 0) {
          transmit(session.path(), out, 0, length);
        }
        return length > 0;
      }
    }
    return false;
  }

  public void cutOff(String clientId, String reason) {
    endpoint.cutOff(clientId, reason, simulation.now(), simulation.wallSeconds());
    wake();
  }

  public void shutdown() {
    endpoint.shutdown(simulation.now(), simulation.wallSeconds());
    wake();
  }

  private void wake() {
    long next = endpoint.nextDeadline();
    if (next < wakeAt) {
      wakeAt = next;
      simulation.at(
          next,
          () -> {
            if (wakeAt == next) {
              wakeAt = Long.MAX_VALUE;
              endpoint.timeout(simulation.now(), simulation.wallSeconds());
              wake();
            }
          });
    }
  }

  @Override
  public void transmit(LinkPath to, MemorySegment packet, long offset, int length) {
    SimulatedClient client = clients.get(to);
    if (client != null) {
      client.fromServer(
          packet.asSlice(offset, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE), to);
    }
  }

  @Override
  public void submit(SlowTask task) {
    simulation.after(
        slowness.nextLong(5 * Simulation.MILLI),
        () -> {
          task.run();
          endpoint.completed(task, simulation.now(), simulation.wallSeconds());
          wake();
        });
  }

  @Override
  public void tunnelPacket(ServerSession session, MemorySegment packet, long offset, int length) {
    NumberedPackets stream = fromClients.get(session.clientId());
    if (stream == null) {
      throw new AssertionError("packet from " + session.clientId() + ", who sends nothing");
    }
    stream.received(packet, offset, length);
  }

  @Override
  public void opened(ServerSession session) {
    opened++;
    simulation.log("server opened " + session.clientId() + " peer-id " + session.peerId());
  }

  @Override
  public void moved(ServerSession session, LinkPath previous) {
    moved++;
    simulation.log("server moved " + session.clientId() + " to " + session.path());
  }

  @Override
  public void closed(ServerSession session, CloseReason reason) {
    closed.add(session.clientId() + " " + reason);
    simulation.log("server closed " + session.clientId() + " " + reason);
  }

  @Override
  public void hangUp(LinkPath path) {
    simulation.log("server hangs up " + path);
  }

  @Override
  public void negotiationFailed(LinkPath path, String why) {
    simulation.log("negotiation failed " + path + " " + why);
  }

  @Override
  public void dropped(DropReason reason) {
    drops.merge(reason, 1, Integer::sum);
    simulation.log("server dropped " + reason);
  }

  @Override
  public boolean isKnown(byte[] metadata) {
    return metadata.length > 1 && roster.contains(name(metadata));
  }

  @Override
  public Verdict admit(PeerIdentity identity, PeerInfo info, LinkPath path) {
    String name = name(identity.metadata());
    if (!roster.contains(name) || !identity.uris().equals(List.of("urn:test:" + name))) {
      return new Refused("not in the roster");
    }
    return new Admitted(name, List.of(new byte[] {10, 88, 0, 2}), push);
  }

  private static String name(byte[] metadata) {
    return new String(
        Arrays.copyOfRange(metadata, Math.min(1, metadata.length), metadata.length),
        StandardCharsets.UTF_8);
  }
}

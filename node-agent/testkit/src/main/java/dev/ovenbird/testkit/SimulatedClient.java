package dev.ovenbird.testkit;

import dev.ovenbird.protocol.data.DataFormat;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.ClientEndpoint;
import dev.ovenbird.protocol.session.ClientHost;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerEndpoint;
import dev.ovenbird.protocol.session.SlowTask;
import dev.ovenbird.protocol.tls.BcTlsClientEngineFactory;
import dev.ovenbird.protocol.tls.TlsIdentity;
import dev.ovenbird.protocol.tls.TlsVersion;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A {@link ClientEndpoint} in a {@link Simulation}, on a link of its own to one server. */
public final class SimulatedClient implements ClientHost {
  /** Everything that has left this client, as a capture on the wire would have it. */
  public final List<byte[]> sentPackets = new ArrayList<>();

  public final NumberedPackets toServer;
  public final NumberedPackets fromServer;
  public @Nullable List<String> pushed;
  public @Nullable String closedReason;
  public int renegotiations;

  /**
   * Whether it has the keys of two negotiations at most, as 2.x has: the last and one before it.
   */
  public boolean keepsTwoKeys;

  /** Data packets under a key that it has no more. */
  public int outOfSync;

  /** Tokens that the server has given, in order. */
  public final List<String> tokens = new ArrayList<>();

  /** Hot state of the data channel. */
  public final MemorySegment record =
      MemorySegment.ofArray(new byte[Math.toIntExact(ServerEndpoint.RECORD_BYTES)]);

  private final Simulation simulation;
  private final SimulatedServer server;
  private final SimulatedLink up;
  private final SimulatedLink down;
  private final Random slowness;
  private final ClientEndpoint endpoint;
  private final String name;
  private LinkPath path;
  private int keyId;
  private int lameDuck;
  private long wakeAt = Long.MAX_VALUE;

  public SimulatedClient(
      Simulation simulation,
      SimulatedServer server,
      TestPki pki,
      String name,
      int number,
      LinkConditions conditions,
      Transport transport,
      UnaryOperator<ClientConfig> changes) {
    this.simulation = simulation;
    this.server = server;
    this.name = name;
    this.up = new SimulatedLink(simulation, conditions);
    this.down = new SimulatedLink(simulation, conditions);
    this.slowness = simulation.fork();
    this.toServer = new NumberedPackets(2L * number);
    this.fromServer = new NumberedPackets(2L * number + 1);
    this.path = path(transport, number, 40_000);
    server.connect(path, this);
    server.fromClients.put(name, toServer);
    TlsIdentity identity = pki.client(name);
    ClientConfig config =
        ClientConfig.of(
            pki.clientKey(name),
            new BcTlsClientEngineFactory(
                simulation.forkSecure(),
                simulation::wallSeconds,
                identity,
                pki.anchors(),
                "server",
                TlsVersion.TLS12,
                TlsVersion.TLS13),
            transport,
            true);
    this.endpoint =
        new ClientEndpoint(changes.apply(config), this, record, simulation.forkSecure());
  }

  private static LinkPath path(Transport transport, int number, int port) {
    long v4 = 0xffff_c000_0200L | number;
    return new LinkPath(
        transport,
        0,
        transport == Transport.TCP ? number : 0,
        0,
        v4,
        port,
        0,
        0xffff_c000_02feL,
        0);
  }

  public void start() {
    endpoint.start(simulation.now(), simulation.wallSeconds());
    wake();
  }

  public boolean isConnected() {
    return pushed != null && closedReason == null;
  }

  /** From now on packets come from another port, as after a NAT timeout. */
  public void changePort(int port) {
    path =
        new LinkPath(
            path.transport(),
            path.listener(),
            path.connection(),
            path.remoteHigh(),
            path.remoteLow(),
            port,
            path.localHigh(),
            path.localLow(),
            path.interfaceIndex());
    server.connect(path, this);
  }

  public LinkPath path() {
    return path;
  }

  public void conditions(LinkConditions changed) {
    up.conditions(changed);
    down.conditions(changed);
  }

  /** Sends one numbered packet up the tunnel, and has the server send one down. */
  public void exchange() {
    send(toServer.next());
    server.send(name, fromServer.next());
  }

  /** Sends a tunnel packet. */
  public void send(byte[] packet) {
    MemorySegment out = MemorySegment.ofArray(new byte[packet.length + DataFormat.MAX_OVERHEAD]);
    int length =
        endpoint.seal(MemorySegment.ofArray(packet), 0, packet.length, out, 0, simulation.now());
    if (length > 0) {
      transmit(out, 0, length);
    }
  }

  public void renegotiate() {
    endpoint.renegotiate(simulation.now(), simulation.wallSeconds());
    wake();
  }

  public void leave() {
    endpoint.leave(simulation.now(), simulation.wallSeconds());
    wake();
  }

  void fromServer(byte[] packet, LinkPath sentTo) {
    down.send(
        packet,
        arrived -> {
          if (keepsTwoKeys && isOutOfSync(arrived)) {
            outOfSync++;
          } else if (sentTo.equals(path)) {
            endpoint.received(
                MemorySegment.ofArray(arrived),
                0,
                arrived.length,
                simulation.now(),
                simulation.wallSeconds());
            wake();
          }
        });
  }

  private boolean isOutOfSync(byte[] packet) {
    Opcode opcode = Opcode.ofFirstByte(packet[0] & 0xff);
    int of = Opcode.keyId(packet[0] & 0xff);
    boolean data = opcode == Opcode.DATA_V1 || opcode == Opcode.DATA_V2;
    return data && of != keyId && of != lameDuck;
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
  public void transmit(MemorySegment packet, long offset, int length) {
    byte[] bytes = packet.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    sentPackets.add(bytes);
    int of = Opcode.keyId(bytes[0] & 0xff);
    if (Opcode.ofFirstByte(bytes[0] & 0xff) == Opcode.CONTROL_SOFT_RESET_V1 && of != keyId) {
      lameDuck = keyId;
      keyId = of;
    }
    LinkPath from = path;
    up.send(bytes, arrived -> server.receive(from, arrived));
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
  public void tunnelPacket(MemorySegment packet, long offset, int length) {
    fromServer.received(packet, offset, length);
  }

  @Override
  public void connected(List<String> options) {
    pushed = options;
    simulation.log(name + " connected " + options);
  }

  @Override
  public void optionsChanged(List<String> options) {
    pushed = options;
    simulation.log(name + " has options " + options);
  }

  @Override
  public void authToken(String token) {
    tokens.add(token);
  }

  @Override
  public void renegotiated(int keyId) {
    renegotiations++;
    simulation.log(name + " renegotiated " + keyId);
  }

  @Override
  public void closed(String reason) {
    closedReason = reason;
    simulation.log(name + " closed: " + reason);
  }

  @Override
  public void dropped(DropReason reason) {
    simulation.log(name + " dropped " + reason);
  }
}

package dev.ovenbird.testkit;

import dev.ovenbird.protocol.auth.PasswordPolicy;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.AuthenticationTask;
import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.session.ServerEndpoint;
import dev.ovenbird.protocol.session.ServerHost;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.session.SessionStore;
import dev.ovenbird.protocol.session.SlowTask;
import dev.ovenbird.protocol.tls.BcTlsServerEngineFactory;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.tls.TlsVersion;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A {@link ServerEndpoint} in a {@link Simulation}. Admits the names in {@link #roster}. */
public final class SimulatedServer implements ServerHost, Admission {
  /** Limit on open sessions, and on half-open ones. */
  public static final int MAX_SESSIONS = 50;

  /** Everything that has left this server. */
  public final List<byte[]> sentPackets = new ArrayList<>();

  public final Set<String> roster = new HashSet<>();
  public final List<String> closed = new ArrayList<>();
  public final Map<DropReason, Integer> drops = new EnumMap<>(DropReason.class);
  public final Map<String, NumberedPackets> fromClients = new HashMap<>();

  /** Hot state of the data channels. */
  public final MemorySegment records;

  /** What clients need besides their certificate. */
  public @Nullable PasswordPolicy passwords;

  /** How long the authenticator takes. */
  public long authenticationNanos = 50 * Simulation.MILLI;

  /** Run when it is killed, before it is started again. */
  public Runnable beforeCrash = () -> {};

  /** Run when a session was opened; it may throw, as a host may that fails. */
  public Consumer<ServerSession> onOpened = _ -> {};

  /** How long it is away when it is killed. */
  public long awayNanos;

  /** How long after that it has no time to read what has come meanwhile, and comes. */
  public long behindNanos;

  public int opened;
  public int moved;

  private final Simulation simulation;
  private final Random slowness;
  private ServerEndpoint endpoint;
  private ServerConfig config;

  /** What outlives a crash; null = nothing does. */
  private @Nullable MemorySegment kept;

  /** Grows with each crash: what an earlier endpoint has begun is nobody's any more. */
  private int generation;

  /** How many packets may leave until the process dies; -1 = it lives. */
  private int packetsUntilDeath = -1;

  private boolean lastPacketLeaves;

  /** The kept memory when it died. */
  private @Nullable MemorySegment frozen;

  private record Unread(LinkPath from, byte[] packet) {}

  private final Map<LinkPath, SimulatedClient> clients = new HashMap<>();

  /** In the order of their arrival. */
  private final Queue<Unread> unread = new ArrayDeque<>();

  private boolean away;
  private boolean behind;
  private List<String> push;
  private boolean tasksHeld;
  private long wakeAt = Long.MAX_VALUE;

  public SimulatedServer(
      Simulation simulation, TestPki pki, UnaryOperator<ServerConfig> changes, List<String> push) {
    this.simulation = simulation;
    this.slowness = simulation.fork();
    this.push = push;
    this.config = changes.apply(config(simulation, pki, TlsVersion.TLS12));
    this.records =
        MemorySegment.ofArray(
            new byte[Math.toIntExact(config.limits().maxSessions() * ServerEndpoint.RECORD_BYTES)]);
    this.endpoint = new ServerEndpoint(config, this, this, records, simulation.forkSecure());
  }

  /** Thrown where the process dies; nothing after it happens. */
  private static final class Death extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Keeps its sessions in memory that outlives it; to be called before anything else. */
  public void keepSessions() {
    keepIn(
        MemorySegment.ofArray(
            new byte[Math.toIntExact(SessionStore.bytes(config.limits().maxSessions()))]));
  }

  private void keepIn(MemorySegment memory) {
    kept = memory;
    endpoint =
        new ServerEndpoint(config, this, this, SessionStore.kept(memory), simulation.forkSecure());
  }

  /** What outlives a crash. */
  public MemorySegment kept() {
    return Objects.requireNonNull(kept);
  }

  /** Is killed, and started again over what its memory holds now. */
  public void crash() {
    crash(copy());
  }

  /** Is killed, and started again over other memory. */
  public void crash(MemorySegment memory) {
    beforeCrash.run();
    generation++;
    packetsUntilDeath = -1;
    wakeAt = Long.MAX_VALUE;
    if (awayNanos == 0) {
      start(memory);
    } else {
      away = true;
      behind = true;
      int begun = generation;
      simulation.after(awayNanos, () -> ifAlive(begun, () -> start(memory)));
      simulation.after(awayNanos + behindNanos, () -> ifAlive(begun, this::readOn));
    }
  }

  private void ifAlive(int begun, Runnable then) {
    if (begun == generation) {
      then.run();
    }
  }

  private void readOn() {
    behind = false;
    while (!unread.isEmpty() && !behind) {
      Unread next = unread.remove();
      receive(next.from, next.packet);
    }
  }

  private void start(MemorySegment memory) {
    away = false;
    // Nobody has heard of their end.
    closed.clear();
    opened = 0;
    keepIn(memory);
    endpoint.restore(10 * Simulation.MILLI, simulation.now(), simulation.wallSeconds());
    simulation.log("server restored " + endpoint.sessions().size());
    wake();
  }

  private MemorySegment copy() {
    return MemorySegment.ofArray(kept().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
  }

  /**
   * Is killed when it sends its n-th packet from now on, and started again.
   *
   * @param leaves whether that packet still leaves
   */
  public void crashAtPacket(int n, boolean leaves) {
    packetsUntilDeath = n;
    lastPacketLeaves = leaves;
  }

  /** A call into the endpoint, which may be its last. */
  private void call(Runnable work) {
    try {
      work.run();
    } catch (Death e) {
      // Nothing that happened on the way out may count: the memory is as it was at that moment.
      crash(Objects.requireNonNull(frozen));
    }
    wake();
  }

  private static ServerConfig config(Simulation simulation, TestPki pki, TlsVersion minimum) {
    TlsEngineFactory engines =
        new BcTlsServerEngineFactory(
            simulation.forkSecure(),
            simulation::wallSeconds,
            pki.server("server"),
            pki.anchors(),
            minimum);
    return ServerConfig.of(List.of(pki.serverKey()), engines)
        .withLimits(new ServerConfig.Limits(MAX_SESSIONS, MAX_SESSIONS, 10, 5000, 2048));
  }

  public ServerEndpoint endpoint() {
    return endpoint;
  }

  void connect(LinkPath path, SimulatedClient client) {
    clients.put(path, client);
  }

  /** A packet arrives. */
  public void receive(LinkPath from, byte[] packet) {
    if (behind) {
      unread.add(new Unread(from, packet));
      return;
    }
    call(
        () ->
            endpoint.received(
                from,
                MemorySegment.ofArray(packet),
                0,
                packet.length,
                simulation.now(),
                simulation.wallSeconds()));
  }

  /** Sends a tunnel packet to a client; false if it isn't there. */
  public boolean send(String clientId, byte[] packet) {
    if (away) {
      return false;
    }
    for (ServerSession session : endpoint.sessions()) {
      if (session.clientId().equals(clientId)) {
        MemorySegment out = MemorySegment.ofArray(new byte[packet.length + session.overhead()]);
        int length =
            session.seal(MemorySegment.ofArray(packet), 0, packet.length, out, 0, simulation.now());
        if (length > 0) {
          call(() -> transmit(session.path(), out, 0, length));
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

  /** From now on with another configuration. */
  public void reconfigure(UnaryOperator<ServerConfig> changes) {
    config = changes.apply(config);
    endpoint.reconfigure(config);
  }

  /** Pushes other options from now on, to those who are connected, too. */
  public void push(List<String> options) {
    push = options;
    for (ServerSession session : endpoint.sessions()) {
      endpoint.updateOptions(session, options, simulation.now(), simulation.wallSeconds());
    }
    wake();
  }

  public void shutdown() {
    endpoint.shutdown(simulation.now(), simulation.wallSeconds());
    wake();
  }

  private void wake() {
    long next = away ? Long.MAX_VALUE : endpoint.nextDeadline();
    if (next < wakeAt) {
      wakeAt = next;
      simulation.at(
          next,
          () -> {
            if (wakeAt == next) {
              wakeAt = Long.MAX_VALUE;
              call(() -> endpoint.timeout(simulation.now(), simulation.wallSeconds()));
            }
          });
    }
  }

  @Override
  public void transmit(LinkPath to, MemorySegment packet, long offset, int length) {
    boolean dies = packetsUntilDeath >= 0 && packetsUntilDeath-- == 0;
    if (dies) {
      frozen = copy();
      if (!lastPacketLeaves) {
        throw new Death();
      }
    }
    byte[] bytes = packet.asSlice(offset, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    sentPackets.add(bytes);
    SimulatedClient client = clients.get(to);
    if (client != null) {
      client.fromServer(bytes, to);
    }
    if (dies) {
      throw new Death();
    }
  }

  /** From now on slow work never ends. */
  public void holdTasks() {
    tasksHeld = true;
  }

  @Override
  public void submit(SlowTask task) {
    if (tasksHeld) {
      return;
    }
    int begun = generation;
    simulation.after(
        task instanceof AuthenticationTask
            ? authenticationNanos
            : slowness.nextLong(5 * Simulation.MILLI),
        () -> {
          if (begun == generation) {
            task.run();
            call(() -> endpoint.completed(task, simulation.now(), simulation.wallSeconds()));
          }
        });
  }

  @Override
  public boolean isBehind(LinkPath path) {
    return behind;
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
    onOpened.accept(session);
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
    byte[] metadata = identity.metadata();
    String name = metadata == null ? identity.commonName() : name(metadata);
    if (!roster.contains(name) || !identity.uris().equals(List.of("urn:test:" + name))) {
      return new Refused("not in the roster");
    }
    return new Admitted(name, List.of(new byte[] {10, 88, 0, 2}), push);
  }

  @Override
  public @Nullable PasswordPolicy passwords() {
    return passwords;
  }

  private static String name(byte[] metadata) {
    return new String(
        Arrays.copyOfRange(metadata, Math.min(1, metadata.length), metadata.length),
        StandardCharsets.UTF_8);
  }
}

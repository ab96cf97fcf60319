package dev.ovenbird.server;

import dev.ovenbird.linux.clock.BootClock;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.session.ServerEndpoint;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.session.SessionStore;
import dev.ovenbird.protocol.session.SlowTask;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.host.HostNetwork;
import dev.ovenbird.server.link.Link;
import dev.ovenbird.server.link.LinkReceiver;
import dev.ovenbird.server.loop.DeadlineTimer;
import dev.ovenbird.server.loop.ReceiveModeration;
import dev.ovenbird.server.loop.SlowWorkers;
import dev.ovenbird.server.metric.Metrics;
import dev.ovenbird.server.metric.Metrics.Flow;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.route.Router;
import dev.ovenbird.server.route.SessionHop;
import dev.ovenbird.server.tun.Tun;
import io.netty.channel.IoEventLoop;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What runs on the event loop: joins links, endpoint, packet path and TUN. Work comes in turns: the
 * clock is read at the beginning, everything caused goes out at the end. What the endpoint asks for
 * is {@link SessionHost}'s.
 */
final class Instance implements LinkReceiver {
  /** TUN batches per turn, so that the links have theirs. */
  private static final int TUN_ROUNDS = 4;

  /** Between the new TLS sessions of restored clients: each costs a core some milliseconds. */
  private static final long SOFT_RESET_PAUSE_NANOS = 10_000_000L;

  private ServerSettings settings;
  private List<Cidr> ownAddresses;
  private final IoEventLoop loop;
  private final TurnClock clock = new TurnClock();
  private final Link[] links;
  private final HostNetwork network;
  private final Router router = new Router();
  private final PacketPath packets;
  private final Metrics metrics;
  private final ReceiveModeration moderation;
  private final SessionLog log;
  private final SwitchableAdmission admission;
  private final SlowTasks slowTasks;
  private final SessionRoutes routes;
  private final SessionHost host;
  private final ServerEndpoint endpoint;
  private final DeadlineTimer deadline;
  private final boolean keepsSessions;
  private boolean stopped;
  private volatile boolean failed;

  Instance(
      ServerSettings settings,
      IoEventLoop loop,
      Link[] links,
      String[] linkNames,
      Tun tun,
      HostNetwork network,
      SlowWorkers workers,
      SlowWorkers askers,
      @Nullable SessionStore store,
      ReceiveModeration moderation,
      Arena arena) {
    this.settings = settings;
    this.loop = loop;
    this.links = links;
    this.metrics = settings.metrics();
    this.moderation = moderation;
    this.log = new SessionLog(settings.name());
    this.admission = new SwitchableAdmission(settings.admission());
    this.ownAddresses = network.ownAddresses();
    this.network = network;
    this.packets =
        new PacketPath(
            tun, links, router, settings.accessRules(ownAddresses), metrics, moderation, arena);
    this.deadline = new DeadlineTimer(loop, () -> turn("a timeout", this::timeout));
    this.slowTasks = new SlowTasks(workers, askers, loop, metrics, this::completed);
    this.routes =
        new SessionRoutes(
            settings.network(),
            network,
            router,
            clock,
            log,
            settings.clientNetworks(),
            settings.nodes(ownAddresses));
    this.host =
        new SessionHost(
            settings.network(),
            tun,
            links,
            linkNames,
            network,
            routes,
            packets,
            slowTasks,
            clock,
            metrics,
            log,
            this::reportSessions,
            hop -> workers.submit(() -> learnMtu(hop.peer(), network)));
    ServerConfig config = settings.endpoint();
    this.keepsSessions = store != null;
    this.endpoint =
        store != null
            ? new ServerEndpoint(config, admission, host, store, new SecureRandom())
            : new ServerEndpoint(
                config,
                admission,
                host,
                arena.allocate(config.limits().maxSessions() * ServerEndpoint.RECORD_BYTES, 64),
                new SecureRandom());
  }

  // ---- turns

  /** A step of work on the event loop, in a turn of its own. */
  void turn(String doing, Runnable work) {
    if (stopped) {
      return;
    }
    turnBegins();
    log.guarded(doing, work, clock.bootNanos());
    turnEnds();
  }

  @Override
  public void turnBegins() {
    clock.read();
  }

  @Override
  public void turnEnds() {
    // What the kernel answers at once (ACKs, echoes, local services) leaves with this turn, and
    // needs no wake-up of its own.
    try {
      if (packets.flushTun()
          && !stopped
          && !failed
          && !packets.isCatchingUp()
          && packets.drainTun(clock.bootNanos())) {
        loop.execute(this::drainTun);
      }
    } catch (RuntimeException e) {
      tunFailed(e);
    }
    for (Link link : links) {
      link.flush();
    }
    if (!stopped) {
      deadline.set(endpoint.nextDeadline(), clock.bootNanos());
    }
    metrics.loopTurn(BootClock.bootNanos() - clock.bootNanos());
  }

  /**
   * Brings back the sessions of an earlier process of this instance, before the first packet.
   *
   * @param backlog whether that left packets in the TUN; {@link #drainTunOnce} reads them
   */
  void restore(boolean backlog) {
    packets.setCatchingUp(backlog);
    if (keepsSessions) {
      log.restored(
          endpoint.restore(SOFT_RESET_PAUSE_NANOS, clock.bootNanos(), clock.wallSeconds()));
    }
    Set<Cidr> live = new HashSet<>();
    for (ServerSession session : endpoint.sessions()) {
      if (session.attachment() instanceof SessionHop hop) {
        live.addAll(hop.prefixes());
      }
    }
    network.keepRoutes(live);
  }

  /** Clients that came to another instance of the node have left this one: the newest counts. */
  void routesChanged() {
    turn(
        "routes changed",
        () -> {
          Set<Cidr> taken = network.takenElsewhere();
          if (taken.isEmpty()) {
            return;
          }
          for (ServerSession session : List.copyOf(endpoint.sessions())) {
            if (session.attachment() instanceof SessionHop hop
                && !Collections.disjoint(hop.addresses(), taken)) {
              endpoint.leaveToAnother(session, clock.bootNanos(), clock.wallSeconds());
            }
          }
        });
  }

  private void timeout() {
    endpoint.timeout(clock.bootNanos(), clock.wallSeconds());
  }

  // ---- from the links

  @Override
  public void received(LinkPath from, MemorySegment packet, long offset, int length) {
    if (stopped) {
      return;
    }
    try {
      endpoint.received(from, packet, offset, length, clock.bootNanos(), clock.wallSeconds());
    } catch (RuntimeException e) {
      log.defect("a packet was received", e, clock.bootNanos());
    }
  }

  @Override
  public void disconnected(LinkPath path) {
    if (!stopped) {
      log.guarded(
          "a connection ended",
          () -> endpoint.disconnected(path, clock.bootNanos(), clock.wallSeconds()),
          clock.bootNanos());
    }
  }

  @Override
  public void counted(boolean in, int count, long bytes) {
    metrics.passed(in ? Flow.FROM_LINK : Flow.TO_LINK, count, bytes);
    if (in) {
      moderation.received(count);
    }
  }

  @Override
  public void dropped(DropReason reason) {
    metrics.dropped(reason);
  }

  @Override
  public void connections(int open) {
    metrics.tcpConnections(open);
  }

  /** Packets a link took in are used: their buffer will be used again. */
  void packetUsed() {
    packets.flushTun();
  }

  // ---- from the TUN

  /**
   * One batch alone.
   *
   * @return whether more may wait
   */
  boolean drainTunOnce() {
    boolean more = false;
    try {
      turnBegins();
      more = !stopped && !failed && packets.drainTun(clock.bootNanos());
      packets.setCatchingUp(more);
      turnEnds();
    } catch (RuntimeException e) {
      tunFailed(e);
    }
    return more;
  }

  /** The TUN has packets. */
  void drainTun() {
    packets.setCatchingUp(false);
    if (stopped || failed) {
      return;
    }
    boolean more = true;
    try {
      for (int round = 0; more && round < TUN_ROUNDS; round++) {
        turnBegins();
        more = packets.drainTun(clock.bootNanos());
        turnEnds();
      }
    } catch (RuntimeException e) {
      tunFailed(e);
      return;
    }
    // A TUN may hold packets that its descriptor does not tell of.
    if (more) {
      loop.execute(this::drainTun);
    }
  }

  /** Said once: the links go on, so that clients can be told and probes see it. */
  private void tunFailed(RuntimeException e) {
    if (!failed) {
      failed = true;
      log.failed("TUN can no longer be used; the server is not ready any more", e);
    }
  }

  // ---- what the endpoint has asked for

  private void completed(SlowTask task, @Nullable RuntimeException thrown) {
    turn(
        "a slow task was completed",
        () -> {
          if (thrown != null) {
            throw thrown;
          }
          endpoint.completed(task, clock.bootNanos(), clock.wallSeconds());
        });
  }

  /** Also called once a second: half-open sessions come and go unseen. */
  void reportSessions() {
    metrics.sessions(host.openSessions(), endpoint.halfOpenSessions());
  }

  // ---- what the program asks for, in a turn

  /** Takes over what can change while serving. */
  void apply(ServerSettings next) {
    settings = next;
    admission.set(next.admission());
    endpoint.reconfigure(next.endpoint());
    applyOwnAddresses();
  }

  private void applyOwnAddresses() {
    packets.apply(settings.accessRules(ownAddresses));
    routes.apply(settings.clientNetworks(), settings.nodes(ownAddresses));
  }

  /** The node's addresses may have changed. */
  void apply(List<Cidr> newOwnAddresses) {
    if (!ownAddresses.equals(newOwnAddresses)) {
      ownAddresses = newOwnAddresses;
      applyOwnAddresses();
    }
  }

  /** Whether a service is reached as clients reach it. */
  CompletableFuture<Boolean> probe(InetSocketAddress service) {
    return new ServiceProbe(settings.network().ipv4(), service, router, network, packets, loop)
        .start();
  }

  /** Where the sessions' peers are; UDP only, as TCP cuts its segments itself. */
  Set<Cidr> peers() {
    Set<Cidr> peers = new HashSet<>();
    for (ServerSession session : endpoint.sessions()) {
      if (session.attachment() instanceof SessionHop hop
          && session.path().transport() == Transport.UDP) {
        peers.add(hop.peer());
      }
    }
    return peers;
  }

  /** On a worker: asking takes system calls. */
  private void learnMtu(Cidr peer, HostNetwork network) {
    int mtu = network.pathMtu(peer);
    if (mtu > 0) {
      loop.execute(() -> turn("a path was looked at", () -> applyPathMtus(Map.of(peer, mtu))));
    }
  }

  /** What is known now of the paths to peers. */
  void applyPathMtus(Map<Cidr, Integer> mtus) {
    for (ServerSession session : endpoint.sessions()) {
      if (session.attachment() instanceof SessionHop hop && mtus.containsKey(hop.peer())) {
        hop.pathChanged(mtus.get(hop.peer()));
      }
    }
  }

  void recheckAdmission() {
    for (ServerSession session : List.copyOf(endpoint.sessions())) {
      switch (admission.recheck(session)) {
        case Admission.Refused refused -> cutOff(session.clientId(), refused.reason());
        case Admission.Admitted admitted -> {
          if (session.attachment() instanceof SessionHop hop) {
            routes.renew(session, hop);
          }
          endpoint.updateOptions(session, admitted.push(), clock.bootNanos(), clock.wallSeconds());
        }
      }
    }
  }

  void cutOff(String clientId, String reason) {
    endpoint.cutOff(clientId, reason, clock.bootNanos(), clock.wallSeconds());
  }

  void sendAway(String clientId) {
    endpoint.sendAway(clientId, clock.bootNanos(), clock.wallSeconds());
  }

  void acceptNewSessions(boolean accept) {
    endpoint.acceptNewSessions(accept);
  }

  List<SessionView> sessions() {
    return host.views(endpoint.sessions());
  }

  /** How long a TCP connection may go without a session. */
  long handWindowNanos() {
    return settings.endpoint().handWindowNanos();
  }

  boolean hasFailed() {
    return failed;
  }

  /**
   * Says good-bye to the clients.
   *
   * @param quiet run when all that this caused has gone out
   */
  void shutdown(Runnable quiet) {
    turn("the server stops", () -> endpoint.shutdown(clock.bootNanos(), clock.wallSeconds()));
    slowTasks.whenQuiet(quiet);
  }

  /** Takes no more work. */
  void stop() {
    stopped = true;
    deadline.cancel();
    for (Link link : links) {
      link.close();
    }
  }
}

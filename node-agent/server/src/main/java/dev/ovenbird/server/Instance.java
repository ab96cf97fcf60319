package dev.ovenbird.server;

import dev.ovenbird.linux.clock.BootClock;
import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerEndpoint;
import dev.ovenbird.protocol.session.ServerHost;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.session.SlowTask;
import dev.ovenbird.server.host.HostNetwork;
import dev.ovenbird.server.link.Link;
import dev.ovenbird.server.link.LinkReceiver;
import dev.ovenbird.server.loop.DeadlineTimer;
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
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What runs on the event loop: joins links, endpoint, packet path and TUN. Work comes in turns: the
 * clock is read at the beginning, everything caused goes out at the end.
 */
final class Instance implements ServerHost, LinkReceiver {
  /** TUN batches per turn, so that the links have theirs. */
  private static final int TUN_ROUNDS = 4;

  private ServerSettings settings;
  private List<Cidr> ownAddresses;
  private final IoEventLoop loop;
  private final Link[] links;
  private final String[] linkNames;
  private final Tun tun;
  private final HostNetwork network;
  private final SlowWorkers workers;
  private final Router router = new Router();
  private final PacketPath packets;
  private final Metrics metrics;
  private final SessionLog log;
  private final SwitchableAdmission admission;
  private final ServerEndpoint endpoint;
  private final DeadlineTimer deadline;
  private int openSessions;
  private int slowTasks;
  private Runnable whenQuiet = () -> {};
  private long bootNanos;
  private long wallSeconds;
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
      Arena arena) {
    this.settings = settings;
    this.loop = loop;
    this.links = links;
    this.linkNames = linkNames;
    this.tun = tun;
    this.network = network;
    this.workers = workers;
    this.metrics = settings.metrics();
    this.log = new SessionLog(settings.name());
    this.admission = new SwitchableAdmission(settings.admission());
    this.ownAddresses = network.ownAddresses();
    this.packets =
        new PacketPath(tun, links, router, settings.accessRules(ownAddresses), metrics, arena);
    this.deadline = new DeadlineTimer(loop, () -> turn("a timeout", this::timeout));
    MemorySegment records =
        arena.allocate(
            settings.endpoint().limits().maxSessions() * ServerEndpoint.RECORD_BYTES, 64);
    this.endpoint =
        new ServerEndpoint(settings.endpoint(), admission, this, records, new SecureRandom());
  }

  // ---- turns

  /** A step of work on the event loop, in a turn of its own. */
  void turn(String doing, Runnable work) {
    if (stopped) {
      return;
    }
    turnBegins();
    guarded(doing, work);
    turnEnds();
  }

  @Override
  public void turnBegins() {
    bootNanos = BootClock.bootNanos();
    wallSeconds = System.currentTimeMillis() / 1000;
  }

  @Override
  public void turnEnds() {
    // What the kernel answers at once (ACKs, echoes, local services) leaves with this turn, and
    // needs no wake-up of its own.
    try {
      if (packets.flushTun() && !stopped && !failed && packets.drainTun(bootNanos)) {
        loop.execute(this::drainTun);
      }
    } catch (RuntimeException e) {
      tunFailed(e);
    }
    for (Link link : links) {
      link.flush();
    }
    if (!stopped) {
      deadline.set(endpoint.nextDeadline(), bootNanos);
    }
    metrics.loopTurn(BootClock.bootNanos() - bootNanos);
  }

  private void guarded(String doing, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      log.defect(doing, e, bootNanos);
    }
  }

  private void timeout() {
    endpoint.timeout(bootNanos, wallSeconds);
  }

  // ---- from the links

  @Override
  public void received(LinkPath from, MemorySegment packet, long offset, int length) {
    if (stopped) {
      return;
    }
    try {
      endpoint.received(from, packet, offset, length, bootNanos, wallSeconds);
    } catch (RuntimeException e) {
      log.defect("a packet was received", e, bootNanos);
    }
  }

  @Override
  public void disconnected(LinkPath path) {
    if (!stopped) {
      guarded("a connection ended", () -> endpoint.disconnected(path, bootNanos, wallSeconds));
    }
  }

  @Override
  public void counted(boolean in, int count, long bytes) {
    metrics.passed(in ? Flow.FROM_LINK : Flow.TO_LINK, count, bytes);
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

  /** The TUN has packets. */
  void drainTun() {
    if (stopped || failed) {
      return;
    }
    boolean more = true;
    try {
      for (int round = 0; more && round < TUN_ROUNDS; round++) {
        turnBegins();
        more = packets.drainTun(bootNanos);
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

  // ---- what the endpoint asks for

  @Override
  public void transmit(LinkPath to, MemorySegment packet, long offset, int length) {
    Link link = links[to.listener()];
    if (length > Link.MAX_PACKET) {
      metrics.dropped(DropReason.LIMIT);
      return;
    }
    long at = link.reserve();
    if (at < 0) {
      metrics.dropped(DropReason.QUEUE_FULL);
      return;
    }
    MemorySegment.copy(packet, offset, link.buffer(), at, length);
    link.commit(to, length);
  }

  @Override
  public void submit(SlowTask task) {
    long queued = bootNanos;
    if (workers.submit(() -> run(task, queued))) {
      slowTasks++;
    } else {
      metrics.dropped(DropReason.QUEUE_FULL);
    }
  }

  /** On a worker thread. */
  private void run(SlowTask task, long queued) {
    long started = BootClock.bootNanos();
    @Nullable RuntimeException defect = null;
    try {
      task.run();
    } catch (RuntimeException e) {
      defect = e;
      metrics.slowTaskFailed();
    }
    metrics.slowTask(started - queued, BootClock.bootNanos() - started);
    @Nullable RuntimeException thrown = defect;
    try {
      loop.execute(() -> completed(task, thrown));
    } catch (RejectedExecutionException stopping) {
      // Nobody waits for the result any more.
    }
  }

  private void completed(SlowTask task, @Nullable RuntimeException thrown) {
    slowTasks--;
    turn(
        "a slow task was completed",
        () -> {
          if (thrown != null) {
            throw thrown;
          }
          endpoint.completed(task, bootNanos, wallSeconds);
        });
    if (slowTasks == 0) {
      whenQuiet.run();
    }
  }

  @Override
  public void tunnelPacket(ServerSession session, MemorySegment packet, long offset, int length) {
    packets.fromSession(session, packet, offset, length, bootNanos);
  }

  @Override
  public void opened(ServerSession session) {
    List<Cidr> addresses = settings.network().clientAddresses(session.addresses());
    if (addresses.size() != session.addresses().size()) {
      log.warn(
          "Client {} has addresses outside the network; they are not routed", session.clientId());
    }
    SessionHop hop = new SessionHop(session, addresses, tun.mtu());
    session.attach(hop);
    for (Cidr address : addresses) {
      router.put(address, hop);
      guarded("a route was added", () -> network.route(address));
    }
    links[session.path().listener()].authenticated(session.path(), true);
    metrics.sessionOpened();
    openSessions++;
    reportSessions();
    log.opened(session, hop, bootNanos);
  }

  @Override
  public void moved(ServerSession session, LinkPath previous) {
    if (session.attachment() instanceof SessionHop hop) {
      hop.pathChanged();
      metrics.sessionMoved();
      log.moved(session, hop, previous, bootNanos);
    }
  }

  @Override
  public void closed(ServerSession session, CloseReason reason) {
    if (!(session.attachment() instanceof SessionHop hop)) {
      return;
    }
    session.attach(null);
    for (Cidr address : hop.addresses()) {
      // A newer session may have the address by now; then its route stays.
      if (router.remove(address, hop)) {
        guarded("a route was removed", () -> network.unroute(address));
      }
    }
    links[session.path().listener()].authenticated(session.path(), false);
    metrics.sessionClosed(reason);
    openSessions--;
    reportSessions();
    log.closed(session, hop, reason, bootNanos);
  }

  /** Also called once a second: half-open sessions come and go unseen. */
  void reportSessions() {
    metrics.sessions(openSessions, endpoint.halfOpenSessions());
  }

  @Override
  public void negotiationFailed(LinkPath path, String why) {
    metrics.negotiationFailed();
    log.negotiationFailed(path, why, bootNanos);
  }

  @Override
  public void hangUp(LinkPath path) {
    links[path.listener()].hangUp(path);
  }

  // ---- what the program asks for, in a turn

  /** Takes over what can change while serving. */
  void apply(ServerSettings next) {
    settings = next;
    admission.set(next.admission());
    endpoint.reconfigure(next.endpoint());
    packets.apply(next.accessRules(ownAddresses));
  }

  /** The node's addresses may have changed. */
  void apply(List<Cidr> newOwnAddresses) {
    if (!ownAddresses.equals(newOwnAddresses)) {
      ownAddresses = newOwnAddresses;
      packets.apply(settings.accessRules(ownAddresses));
    }
  }

  void recheckAdmission() {
    for (ServerSession session : List.copyOf(endpoint.sessions())) {
      @Nullable String refusal = admission.refusal(session);
      if (refusal != null) {
        endpoint.cutOff(session.clientId(), refusal, bootNanos, wallSeconds);
      }
    }
  }

  void cutOff(String clientId, String reason) {
    endpoint.cutOff(clientId, reason, bootNanos, wallSeconds);
  }

  void acceptNewSessions(boolean accept) {
    endpoint.acceptNewSessions(accept);
  }

  List<SessionView> sessions() {
    List<SessionView> views = new ArrayList<>();
    for (ServerSession session : endpoint.sessions()) {
      if (session.attachment() instanceof SessionHop hop) {
        views.add(SessionView.of(session, hop, linkNames[session.path().listener()]));
      }
    }
    return views;
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
    turn("the server stops", () -> endpoint.shutdown(bootNanos, wallSeconds));
    whenQuiet = quiet;
    if (slowTasks == 0) {
      quiet.run();
    }
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

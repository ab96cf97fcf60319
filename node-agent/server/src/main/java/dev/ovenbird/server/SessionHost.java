package dev.ovenbird.server;

import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerHost;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.session.SlowTask;
import dev.ovenbird.server.ServerSettings.TunnelNetwork;
import dev.ovenbird.server.host.HostNetwork;
import dev.ovenbird.server.link.Link;
import dev.ovenbird.server.metric.Metrics;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.route.SessionHop;
import dev.ovenbird.server.tun.Tun;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an instance does for its endpoint: packets to links and to the packet path, routes for
 * sessions that open and close, counts and log lines. Confined to the event loop.
 */
final class SessionHost implements ServerHost {
  private final TunnelNetwork tunnel;
  private final Tun tun;
  private final Link[] links;
  private final String[] linkNames;
  private final HostNetwork network;
  private final SessionRoutes routes;
  private final PacketPath packets;
  private final SlowTasks slowTasks;
  private final TurnClock clock;
  private final Metrics metrics;
  private final SessionLog log;
  private final Runnable onCount;
  private final Consumer<SessionHop> onPath;
  private int openSessions;

  /** As it was at the restore; null before. */
  private @Nullable Set<Cidr> routedElsewhere;

  /**
   * @param onCount called when {@link #openSessions} has changed
   * @param onPath called when a session has come to a path
   */
  SessionHost(
      TunnelNetwork tunnel,
      Tun tun,
      Link[] links,
      String[] linkNames,
      HostNetwork network,
      SessionRoutes routes,
      PacketPath packets,
      SlowTasks slowTasks,
      TurnClock clock,
      Metrics metrics,
      SessionLog log,
      Runnable onCount,
      Consumer<SessionHop> onPath) {
    this.tunnel = tunnel;
    this.tun = tun;
    this.links = links;
    this.linkNames = linkNames;
    this.network = network;
    this.routes = routes;
    this.packets = packets;
    this.slowTasks = slowTasks;
    this.clock = clock;
    this.metrics = metrics;
    this.log = log;
    this.onCount = onCount;
    this.onPath = onPath;
  }

  int openSessions() {
    return openSessions;
  }

  List<SessionView> views(Collection<ServerSession> sessions) {
    List<SessionView> views = new ArrayList<>();
    for (ServerSession session : sessions) {
      if (session.attachment() instanceof SessionHop hop) {
        views.add(SessionView.of(session, hop, linkNames[session.path().listener()]));
      }
    }
    return views;
  }

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
    slowTasks.submit(task, clock.bootNanos());
  }

  @Override
  public void tunnelPacket(ServerSession session, MemorySegment packet, long offset, int length) {
    packets.fromSession(session, packet, offset, length, clock.bootNanos());
  }

  @Override
  public boolean isBehind(LinkPath path) {
    return packets.isCatchingUp() || links[path.listener()].isBehind();
  }

  @Override
  public boolean mayRestore(List<byte[]> addresses) {
    // The client came back on another lane meanwhile: that one has its address now.
    if (routedElsewhere == null) {
      routedElsewhere = network.routedElsewhere();
    }
    return tunnel.clientAddresses(addresses).stream().noneMatch(routedElsewhere::contains);
  }

  @Override
  public void opened(ServerSession session) {
    List<Cidr> addresses = tunnel.clientAddresses(session.addresses());
    if (addresses.size() != session.addresses().size()) {
      log.warn(
          "Client {} has addresses outside the network; they are not routed", session.clientId());
    }
    SessionHop hop = new SessionHop(session, addresses, tun.mtu(), 0);
    session.attach(hop);
    onPath.accept(hop);
    routes.add(session, hop);
    links[session.path().listener()].authenticated(session.path(), true);
    metrics.sessionOpened();
    openSessions++;
    onCount.run();
    log.opened(session, hop, clock.bootNanos());
  }

  @Override
  public void moved(ServerSession session, LinkPath previous) {
    if (session.attachment() instanceof SessionHop hop) {
      hop.pathChanged(0);
      onPath.accept(hop);
      metrics.sessionMoved();
      log.moved(session, hop, previous, clock.bootNanos());
    }
  }

  @Override
  public void closed(ServerSession session, CloseReason reason) {
    if (!(session.attachment() instanceof SessionHop hop)) {
      return;
    }
    session.attach(null);
    routes.remove(hop);
    links[session.path().listener()].authenticated(session.path(), false);
    metrics.sessionClosed(reason);
    openSessions--;
    onCount.run();
    log.closed(session, hop, reason, clock.bootNanos());
  }

  @Override
  public void negotiationFailed(LinkPath path, String why) {
    metrics.negotiationFailed();
    log.negotiationFailed(path, why, clock.bootNanos());
  }

  @Override
  public void hangUp(LinkPath path) {
    links[path.listener()].hangUp(path);
  }

  @Override
  public void dropped(DropReason reason) {
    metrics.dropped(reason);
  }
}

package dev.ovenbird.server;

import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.server.link.Link;
import dev.ovenbird.server.loop.ReceiveModeration;
import dev.ovenbird.server.metric.Metrics;
import dev.ovenbird.server.metric.Metrics.Flow;
import dev.ovenbird.server.metric.StartStage;
import dev.ovenbird.server.route.AccessRules;
import dev.ovenbird.server.route.GatewayEcho;
import dev.ovenbird.server.route.IpHeader;
import dev.ovenbird.server.route.MssClamp;
import dev.ovenbird.server.route.NextHop;
import dev.ovenbird.server.route.NextHop.TunHop;
import dev.ovenbird.server.route.ProbeHop;
import dev.ovenbird.server.route.Router;
import dev.ovenbird.server.route.SessionHop;
import dev.ovenbird.server.tun.PacketBatch;
import dev.ovenbird.server.tun.Tun;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Tunnel packets between sessions and TUN. Inbound: header, source, destination, MSS, TUN.
 * Outbound: header, router, MSS, seal into the link's buffer, link. Nothing is allocated per
 * packet. Confined to the event loop.
 */
final class PacketPath {
  private static final int BATCH = 64;

  /** Several runs as one receive brings them, so that each can be merged again. */
  private static final int TO_TUN_BATCH = 256;

  private final Tun tun;
  private final Link[] links;
  private final Router router;
  private final Metrics metrics;
  private final ReceiveModeration moderation;
  private final PacketBatch fromTun;
  private final PacketBatch toTun = PacketBatch.pointing(TO_TUN_BATCH);
  private final IpHeader header = new IpHeader();
  private AccessRules rules;
  private long toTunBytes;
  private boolean used;
  private boolean catchingUp;

  /**
   * @param links by the number that LinkPaths have
   */
  PacketPath(
      Tun tun,
      Link[] links,
      Router router,
      AccessRules rules,
      Metrics metrics,
      ReceiveModeration moderation,
      Arena arena) {
    this.tun = tun;
    this.links = links;
    this.router = router;
    this.rules = rules;
    this.metrics = metrics;
    this.moderation = moderation;
    this.fromTun = PacketBatch.allocate(arena, BATCH, Link.MAX_PACKET);
  }

  void apply(AccessRules newRules) {
    rules = newRules;
  }

  /** A client's packet, decrypted; it may be changed until {@link #flushTun}. */
  void fromSession(
      ServerSession session, MemorySegment packet, long offset, int available, long bootNanos) {
    if (!(session.attachment() instanceof SessionHop hop)) {
      metrics.dropped(DropReason.NO_ROUTE);
      return;
    }
    if (!header.read(packet, offset, available)) {
      metrics.dropped(DropReason.NOT_IP);
      return;
    }
    if (header.isFromLinkLocal()) {
      metrics.dropped(DropReason.DESTINATION_REFUSED);
      return;
    }
    if (!hop.owns(header.isIpv6(), header.sourceHigh(), header.sourceLow())) {
      metrics.dropped(DropReason.SPOOFED_SOURCE);
      return;
    }
    if (hop.leadsTo(header.isIpv6(), header.destinationHigh(), header.destinationLow())) {
      // It would come straight back, and again until its hops are used up.
      metrics.dropped(DropReason.DESTINATION_REFUSED);
      return;
    }
    switch (rules.decide(header.isIpv6(), header.destinationHigh(), header.destinationLow())) {
      case TO_TUN -> {
        if (rules.clientToClient()) {
          // Perhaps behind a client, whose answers don't pass the kernel either.
          toClient(hop, packet, offset, bootNanos);
        } else {
          toTun(hop, packet, offset);
        }
      }
      case TO_GATEWAY -> {
        if (GatewayEcho.answer(packet, offset, header)) {
          seal(hop, packet, offset, header.length(), bootNanos);
        } else if (rules.answersDns() && header.isDns(packet, offset)) {
          toTun(hop, packet, offset);
        } else {
          refuse(hop, packet, offset);
        }
      }
      case TO_CLIENT -> toClient(hop, packet, offset, bootNanos);
      case REFUSED -> refuse(hop, packet, offset);
    }
  }

  private void toTun(SessionHop from, MemorySegment packet, long offset) {
    MssClamp.clamp(packet, offset, header, from.largestMss(header.isIpv6()));
    addToTun(packet, offset, header.length());
  }

  /**
   * What comes from a site for a client, or for the node by the gateway's address, may be an answer
   * all the same: the kernel knows, and drops what is none.
   */
  private void refuse(SessionHop from, MemorySegment packet, long offset) {
    if (from.isRouter()
        && rules.isOfCluster(header.isIpv6(), header.destinationHigh(), header.destinationLow())) {
      toTun(from, packet, offset);
    } else {
      metrics.dropped(DropReason.DESTINATION_REFUSED);
    }
  }

  private void toClient(SessionHop from, MemorySegment packet, long offset, long bootNanos) {
    MssClamp.clamp(packet, offset, header, from.largestMss(header.isIpv6()));
    switch (router.lookup(header.isIpv6(), header.destinationHigh(), header.destinationLow())) {
      case SessionHop to -> {
        MssClamp.clamp(packet, offset, header, to.largestMss(header.isIpv6()));
        seal(to, packet, offset, header.length(), bootNanos);
      }
      // Another lane of the node may have it; if none has, the unreachable route answers.
      case TunHop tunHop -> addToTun(packet, offset, header.length());
      case ProbeHop probe -> metrics.dropped(DropReason.NO_ROUTE);
    }
  }

  /** A packet of the server's own. */
  void intoTun(MemorySegment packet) {
    addToTun(packet, 0, (int) packet.byteSize());
    flushTun();
  }

  private void addToTun(MemorySegment packet, long offset, int length) {
    toTun.add(packet, offset, length);
    toTunBytes += length;
    if (toTun.isFull()) {
      flushTun();
    }
  }

  /**
   * Writes what waits for the TUN; must precede any reuse of the buffers it lies in.
   *
   * @return whether there was anything
   */
  boolean flushTun() {
    boolean waited = toTun.size() > 0;
    if (waited) {
      int written = tun.write(toTun);
      metrics.passed(Flow.TO_TUN, written, toTunBytes);
      for (int i = written; i < toTun.size(); i++) {
        metrics.dropped(DropReason.QUEUE_FULL);
      }
      toTun.clear();
      toTunBytes = 0;
      inUse();
    }
    return waited;
  }

  /**
   * Takes one batch from the TUN to the sessions.
   *
   * @return whether more may wait
   */
  boolean drainTun(long bootNanos) {
    int count = tun.read(fromTun);
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      bytes += fromTun.length(i);
      toSession(fromTun.segment(i), fromTun.offset(i), fromTun.length(i), bootNanos);
    }
    if (count > 0) {
      metrics.passed(Flow.FROM_TUN, count, bytes);
      moderation.received(count);
      inUse();
    }
    return count == BATCH;
  }

  /** Whether what a predecessor left in the TUN is being read, at a pace of its own. */
  boolean isCatchingUp() {
    return catchingUp;
  }

  void setCatchingUp(boolean catchingUp) {
    this.catchingUp = catchingUp;
  }

  private void inUse() {
    if (!used) {
      used = true;
      metrics.reached(StartStage.FIRST_PACKET);
    }
  }

  private void toSession(MemorySegment packet, long offset, int available, long bootNanos) {
    if (!header.read(packet, offset, available)) {
      metrics.dropped(DropReason.NOT_IP);
      return;
    }
    NextHop next =
        router.lookup(header.isIpv6(), header.destinationHigh(), header.destinationLow());
    switch (next) {
      case SessionHop hop -> {
        MssClamp.clamp(packet, offset, header, hop.largestMss(header.isIpv6()));
        seal(hop, packet, offset, header.length(), bootNanos);
      }
      case ProbeHop probe -> probe.received(packet, offset, header);
      case TunHop tunHop -> metrics.dropped(DropReason.NO_ROUTE);
    }
  }

  private void seal(SessionHop hop, MemorySegment packet, long offset, int length, long bootNanos) {
    if (length > tun.mtu()) {
      metrics.dropped(DropReason.NOT_IP);
      return;
    }
    ServerSession session = hop.session();
    Link link = links[session.path().listener()];
    long at = link.reserve();
    if (at < 0) {
      metrics.dropped(DropReason.QUEUE_FULL);
      return;
    }
    int sealed = session.seal(packet, offset, length, link.buffer(), at, bootNanos);
    if (sealed <= 0) {
      metrics.dropped(DropReason.NO_KEY);
      return;
    }
    link.commit(session.path(), sealed);
  }
}

package dev.ovenbird.server;

import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.server.ServerSettings.TunnelNetwork;
import dev.ovenbird.server.host.HostNetwork;
import dev.ovenbird.server.route.AccessRules;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.route.ClientNetworks;
import dev.ovenbird.server.route.Router;
import dev.ovenbird.server.route.SessionHop;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * What leads packets to sessions, here and in the kernel: their addresses, and the networks behind
 * their clients. The newest session has a prefix. Confined to the event loop.
 */
final class SessionRoutes {
  private final TunnelNetwork tunnel;
  private final HostNetwork network;
  private final Router router;
  private final TurnClock clock;
  private final SessionLog log;
  private final Map<SessionHop, List<Cidr>> refused = new IdentityHashMap<>();
  private ClientNetworks networks;
  private List<Cidr> nodeAddresses;

  /**
   * @param nodeAddresses this node's own, and others'
   */
  SessionRoutes(
      TunnelNetwork tunnel,
      HostNetwork network,
      Router router,
      TurnClock clock,
      SessionLog log,
      ClientNetworks networks,
      List<Cidr> nodeAddresses) {
    this.tunnel = tunnel;
    this.network = network;
    this.router = router;
    this.clock = clock;
    this.log = log;
    this.networks = networks;
    this.nodeAddresses = nodeAddresses;
  }

  /** For sessions that open from now on, and those that are renewed. */
  void apply(ClientNetworks nextNetworks, List<Cidr> nextNodeAddresses) {
    networks = nextNetworks;
    nodeAddresses = nextNodeAddresses;
  }

  /** Leads everything to a session that opens. */
  void add(ServerSession session, SessionHop hop) {
    hop.addresses().forEach(address -> add(address, hop));
    renew(session, hop);
  }

  /** Other networks may be behind the client by now. */
  void renew(ServerSession session, SessionHop hop) {
    List<Cidr> before = hop.networks();
    List<Cidr> next = usable(session, hop);
    if (next.equals(before)) {
      return;
    }
    hop.networks(next);
    before.stream().filter(prefix -> !next.contains(prefix)).forEach(each -> remove(each, hop));
    next.stream().filter(prefix -> !before.contains(prefix)).forEach(each -> add(each, hop));
  }

  /** Takes away all that still leads to a session. */
  void remove(SessionHop hop) {
    hop.prefixes().forEach(prefix -> remove(prefix, hop));
    refused.remove(hop);
  }

  private void add(Cidr prefix, SessionHop hop) {
    router.put(prefix, hop);
    log.guarded("a route was added", () -> network.route(prefix), clock.bootNanos());
  }

  /** A newer session may have the prefix by now; then its route stays. */
  private void remove(Cidr prefix, SessionHop hop) {
    if (router.remove(prefix, hop)) {
      log.guarded("a route was removed", () -> network.unroute(prefix), clock.bootNanos());
    }
  }

  /** The others would take packets that are for the tunnel, the node or nobody. */
  private List<Cidr> usable(ServerSession session, SessionHop hop) {
    List<Cidr> usable = new ArrayList<>();
    List<Cidr> others = new ArrayList<>();
    for (Cidr prefix : networks.of(session.clientId())) {
      (usable.size() < ClientNetworks.MOST && isUsable(prefix) ? usable : others).add(prefix);
    }
    if (others.isEmpty()) {
      refused.remove(hop);
    } else if (!others.equals(refused.put(hop, others))) {
      log.networksRefused(session, others);
    }
    return usable;
  }

  private boolean isUsable(Cidr prefix) {
    return tunnel.prefixes().stream().noneMatch(prefix::overlaps)
        && AccessRules.ALWAYS_REFUSED.stream().noneMatch(prefix::overlaps)
        && nodeAddresses.stream().noneMatch(prefix::contains);
  }
}

package dev.ovenbird.server.host;

import dev.ovenbird.server.route.Cidr;
import java.util.List;
import java.util.Set;

/**
 * What a server changes in the system around it. All methods may take milliseconds; {@link #route}
 * and {@link #unroute} are called on the event loop, one by one.
 */
public interface HostNetwork {
  /** For an in-process TUN: there is nothing to set up. */
  HostNetwork NONE = new HostNetwork() {};

  /**
   * Removes what a predecessor of the same name left, then sets up TUN, routes and firewall.
   *
   * @throws RuntimeException in one line; what was set up before is removed again
   */
  default void install() {}

  /** Changes the firewall to other rules, in one step. */
  default void apply(FirewallRules rules) {}

  /**
   * Leads a client's address into the TUN, in place of any other route of it; or a network behind a
   * client, in place of another instance's route, and behind any that the node has of its own.
   */
  default void route(Cidr prefix) {}

  /** Takes such a route away, if it still leads into this TUN. */
  default void unroute(Cidr prefix) {}

  /**
   * Takes away all such routes into this TUN but these: a predecessor may have left it with more.
   */
  default void keepRoutes(Set<Cidr> prefixes) {}

  /** Prefixes with such a route into the TUN of another instance on this node. */
  default Set<Cidr> routedElsewhere() {
    return Set.of();
  }

  /** A descriptor that is readable when {@link #takenElsewhere} has news; -1 = nothing tells. */
  default int routeEvents() {
    return -1;
  }

  /**
   * What the TUNs of other instances on this node have taken since the last call, and this one has
   * not taken back. Called on the event loop.
   */
  default Set<Cidr> takenElsewhere() {
    return Set.of();
  }

  /** The longest packet that the path to a peer takes now, bytes; 0 if that is not known. */
  default int pathMtu(Cidr peer) {
    return 0;
  }

  /** The node's own addresses now. */
  default List<Cidr> ownAddresses() {
    return List.of();
  }

  /** Removes everything; does no harm twice. */
  default void remove() {}

  /**
   * What the firewall depends on.
   *
   * @param allowedDestinations prefixes that clients may reach
   * @param clientToClient whether packets may go from TUN to TUN
   * @param masquerade whether they leave the node with its address
   * @param nodeAddresses other nodes' addresses, refused unless named
   * @param dnsPort where a forwarder listens on the gateway's addresses; 0 = there is none
   */
  record FirewallRules(
      List<Cidr> allowedDestinations,
      boolean clientToClient,
      boolean masquerade,
      List<Cidr> nodeAddresses,
      int dnsPort) {}
}

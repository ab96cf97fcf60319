package dev.ovenbird.server.host;

import dev.ovenbird.server.route.Cidr;
import java.util.List;

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

  /** Leads a client's address into the TUN, in place of any other route of it. */
  default void route(Cidr host) {}

  /** Takes such a route away, if it still leads into this TUN. */
  default void unroute(Cidr host) {}

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
   */
  record FirewallRules(
      List<Cidr> allowedDestinations, boolean clientToClient, boolean masquerade) {}
}

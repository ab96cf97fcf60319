package dev.ovenbird.server.route;

import java.util.List;

/**
 * Networks behind clients that are routers of a site (OpenVPN's {@code iroute}). Asked on the event
 * loop, when a session opens or is restored and when admission is rechecked: answers come from
 * memory, at once.
 */
@FunctionalInterface
public interface ClientNetworks {
  /** Nothing is behind any client. */
  ClientNetworks NONE = clientId -> List.of();

  /** At most so many of one client are routed. */
  int MOST = 16;

  /**
   * Prefixes that are led to the client and that it may send from; empty if there are none.
   *
   * @param clientId as the admission gave it
   */
  List<Cidr> of(String clientId);
}

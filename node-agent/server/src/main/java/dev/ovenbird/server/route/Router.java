package dev.ovenbird.server.route;

import org.jspecify.annotations.Nullable;

/**
 * Prefix → next hop, longest prefix first. What nothing else claims goes to the TUN. Confined to
 * the event loop.
 */
public final class Router {
  private final PrefixTable<NextHop> ipv4 = new PrefixTable<>();
  private final PrefixTable<NextHop> ipv6 = new PrefixTable<>();

  /** Where a packet for this address goes. */
  public NextHop lookup(boolean isIpv6, long high, long low) {
    NextHop hop = (isIpv6 ? ipv6 : ipv4).lookup(high, low);
    return hop == null ? NextHop.TunHop.TUN : hop;
  }

  /** Sets the next hop of a prefix, in place of any other. */
  public void put(Cidr prefix, NextHop hop) {
    table(prefix).put(prefix, hop);
  }

  /**
   * Removes a prefix if it still leads to this hop: a newer session may have its address.
   *
   * @return whether it was removed
   */
  public boolean remove(Cidr prefix, NextHop hop) {
    @Nullable NextHop current = table(prefix).get(prefix);
    if (current == null || !current.equals(hop)) {
      return false;
    }
    table(prefix).remove(prefix);
    return true;
  }

  /** Entries of both families. */
  public int size() {
    return ipv4.size() + ipv6.size();
  }

  private PrefixTable<NextHop> table(Cidr prefix) {
    return prefix.isIpv6() ? ipv6 : ipv4;
  }
}

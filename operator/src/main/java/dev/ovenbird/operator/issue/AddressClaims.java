package dev.ovenbird.operator.issue;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.resolve.Problem;
import dev.ovenbird.operator.resolve.ResolvedClient;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Gives each client an IPv4 address: the one that a person chose, else the one it has, else the
 * first free one. A claim of a client that is still there is never given to another.
 */
public final class AddressClaims {
  private AddressClaims() {}

  /**
   * Claims for all clients.
   *
   * @param held claims of before, by client name; those of clients that are gone are free
   * @param problems gets what cannot be granted
   * @return by client name
   */
  public static Map<String, IpAddress> claim(
      TunnelNetworks networks,
      List<ResolvedClient> clients,
      Map<String, IpAddress> held,
      List<Problem> problems) {
    Map<String, IpAddress> claims = new TreeMap<>();
    Map<IpAddress, String> owners = new HashMap<>();
    for (ResolvedClient client : clients) {
      IpAddress kept = client.chosenIpv4() == null ? held.get(client.name()) : null;
      if (kept != null && networks.unusable(kept) == null) {
        claims.put(client.name(), kept);
        owners.put(kept, client.name());
      }
    }
    for (ResolvedClient client : clients) {
      IpAddress chosen = client.chosenIpv4();
      if (chosen == null) {
        continue;
      }
      String owner = owners.putIfAbsent(chosen, client.name());
      if (owner != null) {
        problems.add(
            new Problem(
                client.line(),
                "spec.addresses",
                chosen
                    + " has been given to VpnClient "
                    + owner
                    + "; choose another, or give "
                    + owner
                    + " one of its own choice first"));
      }
      claims.put(client.name(), chosen);
    }
    IpAddress next = networks.firstHost();
    for (ResolvedClient client : clients) {
      if (claims.containsKey(client.name())) {
        continue;
      }
      IpAddress free = firstFree(networks, owners, next);
      if (free == null) {
        problems.add(
            new Problem(
                client.line(),
                "",
                "no address is left in "
                    + networks.ipv4()
                    + " for VpnClient "
                    + client.name()
                    + "; remove a client or make a cluster with a larger network"));
        break;
      }
      owners.put(free, client.name());
      claims.put(client.name(), free);
      next = free;
    }
    return claims;
  }

  private static @Nullable IpAddress firstFree(
      TunnelNetworks networks, Map<IpAddress, String> owners, IpAddress from) {
    IpAddress last = networks.lastHost();
    for (IpAddress one = from; one.compareTo(last) <= 0; one = one.plus(BigInteger.ONE)) {
      if (!owners.containsKey(one)) {
        return one;
      }
    }
    return null;
  }
}

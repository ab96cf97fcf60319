package dev.ovenbird.server.route;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What clients may reach. Immutable; a new one takes its place when rules change.
 *
 * <p>A destination is allowed if an allowed prefix contains it, and, where it also lies in a prefix
 * that is always refused (loopback, link-local with the metadata services, multicast, the node's
 * own addresses), if that allowed prefix lies inside the refused one: only who names
 * 169.254.169.254 gets it, not who allows 0.0.0.0/0.
 */
public final class AccessRules {
  /** What becomes of a packet. */
  public enum Verdict {
    TO_TUN,
    /** The gateway's own address: ICMP echo and perhaps DNS are answered, nothing else. */
    TO_GATEWAY,
    /** Another client, or an address of the cluster that has none now. */
    TO_CLIENT,
    REFUSED
  }

  /** What nobody reaches who does not name it, besides the nodes' own addresses. */
  public static final List<Cidr> ALWAYS_REFUSED =
      List.of(
          Cidr.parse("0.0.0.0/8"),
          Cidr.parse("127.0.0.0/8"),
          Cidr.parse("169.254.0.0/16"),
          Cidr.parse("224.0.0.0/4"),
          Cidr.parse("240.0.0.0/4"),
          Cidr.parse("::/96"),
          mapped(),
          Cidr.parse("fe80::/10"),
          Cidr.parse("fec0::/10"),
          Cidr.parse("ff00::/8"),
          // Metadata services of AWS, Azure and Alibaba that are not on link-local addresses.
          Cidr.parse("fd00:ec2::254"),
          Cidr.parse("168.63.129.16"),
          Cidr.parse("100.100.100.200"));

  private final PrefixTable<Integer> allowed4 = new PrefixTable<>();
  private final PrefixTable<Integer> allowed6 = new PrefixTable<>();
  private final PrefixTable<Integer> refused4 = new PrefixTable<>();
  private final PrefixTable<Integer> refused6 = new PrefixTable<>();
  private final List<Cidr> networks;
  private final List<Cidr> gateways;
  private final boolean dns;
  private final boolean clientToClient;

  /**
   * @param allowed what clients may reach outside the cluster's own network
   * @param networks the cluster's own prefixes
   * @param gateways the gateway's addresses in them
   * @param nodeAddresses of this node, and of others where they are known
   * @param dns whether the gateway answers DNS
   */
  public AccessRules(
      List<Cidr> allowed,
      List<Cidr> networks,
      List<Cidr> gateways,
      List<Cidr> nodeAddresses,
      boolean dns,
      boolean clientToClient) {
    this.networks = List.copyOf(networks);
    this.gateways = List.copyOf(gateways);
    this.dns = dns;
    this.clientToClient = clientToClient;
    allowed.forEach(prefix -> put(allowed4, allowed6, prefix));
    ALWAYS_REFUSED.forEach(prefix -> put(refused4, refused6, prefix));
    nodeAddresses.forEach(prefix -> put(refused4, refused6, prefix));
  }

  /** Whether an address is in the cluster's own network, the gateway's too. */
  public boolean isOfCluster(boolean isIpv6, long high, long low) {
    return isIn(networks, isIpv6, high, low);
  }

  public boolean clientToClient() {
    return clientToClient;
  }

  /** What becomes of a client's packet for this destination; no allocation. */
  public Verdict decide(boolean isIpv6, long high, long low) {
    if (isIn(gateways, isIpv6, high, low)) {
      return Verdict.TO_GATEWAY;
    }
    if (isIn(networks, isIpv6, high, low)) {
      return clientToClient ? Verdict.TO_CLIENT : Verdict.REFUSED;
    }
    @Nullable Integer allowed = (isIpv6 ? allowed6 : allowed4).lookup(high, low);
    if (allowed == null) {
      return Verdict.REFUSED;
    }
    @Nullable Integer refused = (isIpv6 ? refused6 : refused4).lookup(high, low);
    return refused == null || allowed >= refused ? Verdict.TO_TUN : Verdict.REFUSED;
  }

  /** Whether the gateway answers DNS. */
  public boolean answersDns() {
    return dns;
  }

  /**
   * Those of some allowed prefixes that name what would be refused else: they lie inside a prefix
   * that is always refused, or are one of the node's own addresses.
   */
  public static List<Cidr> named(List<Cidr> allowed, List<Cidr> ownAddresses) {
    return allowed.stream()
        .filter(
            prefix ->
                ownAddresses.contains(prefix)
                    || ALWAYS_REFUSED.stream().anyMatch(refused -> refused.contains(prefix)))
        .toList();
  }

  private static boolean isIn(List<Cidr> prefixes, boolean isIpv6, long high, long low) {
    for (int i = 0; i < prefixes.size(); i++) {
      Cidr prefix = prefixes.get(i);
      if (prefix.isIpv6() == isIpv6 && prefix.contains(high, low)) {
        return true;
      }
    }
    return false;
  }

  private static void put(PrefixTable<Integer> ipv4, PrefixTable<Integer> ipv6, Cidr prefix) {
    (prefix.isIpv6() ? ipv6 : ipv4).put(prefix, prefix.length());
  }

  /** IPv4 addresses written as IPv6 must not be a way around the IPv4 rules. */
  private static Cidr mapped() {
    return new Cidr(true, 0, Cidr.IPV4_PREFIX, 96);
  }
}

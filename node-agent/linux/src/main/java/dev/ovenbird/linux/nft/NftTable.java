package dev.ovenbird.linux.nft;

import dev.ovenbird.linux.netlink.Prefix;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The firewall rules of one instance, in a table of their own that bears the TUN's name. They judge
 * only packets that come from the TUN, except for masquerading. The instance itself checks sources
 * and allowed destinations before; this is the second lock, and the one that the kernel's own
 * forwarding and address translation can't go around.
 *
 * @param tun name of the TUN and of the table
 * @param clusterTuns how the names of the cluster's TUNs begin: {@code ovb1a2b3c4d-}
 * @param allTuns how the names of all clusters' TUNs begin: {@code ovb}
 * @param networks the cluster's networkCIDRs
 * @param gateways the gateway addresses, which answer ICMP echo
 * @param dns the gateway addresses also answer DNS (UDP and TCP port 53)
 * @param clientToClient packets may go from TUN to TUN within the cluster
 * @param masquerade packets that leave by another interface get the node's address as source
 * @param exceptions destinations that somebody has named and that would be refused else:
 *     link-local, multicast, or addresses of this node
 */
public record NftTable(
    String tun,
    String clusterTuns,
    String allTuns,
    List<Prefix> networks,
    List<Prefix> gateways,
    boolean dns,
    boolean clientToClient,
    boolean masquerade,
    List<Prefix> exceptions) {

  private static final String REFUSED_IPV4 =
      "{ 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/4, 255.255.255.255 }";

  /** Also IPv4 in IPv6 clothes. */
  private static final String REFUSED_IPV6 = "{ ::, ::1, ::ffff:0:0/96, fe80::/10, ff00::/8 }";

  public NftTable {
    for (String name : List.of(tun, clusterTuns, allTuns)) {
      if (!name.matches("[A-Za-z][A-Za-z0-9_-]{0,14}")) {
        throw new IllegalArgumentException("'" + name + "' is no name of a table");
      }
    }
    networks = List.copyOf(networks);
    gateways = List.copyOf(gateways);
    exceptions = List.copyOf(exceptions);
  }

  /** The text for {@code nft -f}: replaces the table, whatever it was, in one transaction. */
  public String ruleset() {
    return """
    add table inet %1$s
    delete table inet %1$s
    table inet %1$s {
    %2$s%3$s%4$s%5$s}
    """
        .formatted(tun, prerouting(), input(), forward(), masquerade ? postrouting() : "");
  }

  /** Before address translation, so that a NodePort or a metadata service can't be reached so. */
  private String prerouting() {
    return """
      chain prerouting {
        type filter hook prerouting priority raw; policy accept;
        iifname != "%s" accept
    %s%s    fib daddr type { local, broadcast, anycast, multicast } drop
        ip daddr %s drop
        ip6 daddr %s drop
      }
    """
        .formatted(
            tun,
            matching(gateways, "daddr", "accept"),
            matching(exceptions, "daddr", "accept"),
            REFUSED_IPV4,
            REFUSED_IPV6);
  }

  /** What the node itself gets. Established: answers to what the node asked a client. */
  private String input() {
    String answers =
        dns
            ? matching(gateways, "daddr", "udp dport 53 accept")
                + matching(gateways, "daddr", "tcp dport 53 accept")
            : "";
    return """
      chain input {
        type filter hook input priority filter; policy accept;
        iifname != "%s" accept
        ct state established,related accept
    %s%s%s%s    drop
      }
    """
        .formatted(
            tun,
            matching(ofFamily(gateways, true), "daddr", "icmp type echo-request accept"),
            matching(ofFamily(gateways, false), "daddr", "icmpv6 type echo-request accept"),
            answers,
            matching(exceptions, "daddr", "accept"));
  }

  private String forward() {
    String own =
        clientToClient
            ? "    iifname \"%s\" oifname \"%s*\" accept\n".formatted(tun, clusterTuns)
            : "";
    return """
      chain forward {
        type filter hook forward priority filter; policy accept;
    %s    iifname "%s" oifname "%s*" drop
      }
    """
        .formatted(own, tun, allTuns);
  }

  private String postrouting() {
    return """
      chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "%s*" accept
        oifname "lo" accept
    %s  }
    """
        .formatted(allTuns, matching(networks, "saddr", "masquerade"));
  }

  /** A rule for each: prefixes in one set may not overlap, and nobody promises that they don't. */
  private static String matching(List<Prefix> prefixes, String field, String verdict) {
    return prefixes.stream()
        .distinct()
        .map(p -> "    " + (p.ipv4() ? "ip " : "ip6 ") + field + " " + p + " " + verdict + "\n")
        .collect(Collectors.joining());
  }

  private static List<Prefix> ofFamily(List<Prefix> prefixes, boolean ipv4) {
    return prefixes.stream().filter(prefix -> prefix.ipv4() == ipv4).toList();
  }
}

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
 * @param dnsPort where the gateway addresses answer DNS that is sent to their port 53, UDP and TCP;
 *     0 = they don't
 * @param clientToClient packets may go from TUN to TUN within the cluster; if not, they may go to
 *     networks behind clients, and answers may come back from there
 * @param masquerade packets that leave by another interface get the node's address as source
 * @param exceptions destinations that somebody has named and that would be refused else:
 *     link-local, multicast, or addresses of nodes
 * @param refused what else is refused besides this node's own addresses
 */
public record NftTable(
    String tun,
    String clusterTuns,
    String allTuns,
    List<Prefix> networks,
    List<Prefix> gateways,
    int dnsPort,
    boolean clientToClient,
    boolean masquerade,
    List<Prefix> exceptions,
    List<Prefix> refused) {

  public NftTable {
    for (String name : List.of(tun, clusterTuns, allTuns)) {
      if (!name.matches("[A-Za-z][A-Za-z0-9_-]{0,14}")) {
        throw new IllegalArgumentException("'" + name + "' is no name of a table");
      }
    }
    networks = List.copyOf(networks);
    gateways = List.copyOf(gateways);
    exceptions = List.copyOf(exceptions);
    refused = List.copyOf(refused);
  }

  /** The text for {@code nft -f}: replaces the table, whatever it was, in one transaction. */
  public String ruleset() {
    return """
    add table inet %1$s
    delete table inet %1$s
    table inet %1$s {
    %2$s%3$s%4$s%5$s%6$s%7$s}
    """
        .formatted(
            tun,
            prerouting(),
            dns(),
            input(),
            forward(),
            output(),
            masquerade ? postrouting() : "");
  }

  /** Before address translation, so that a NodePort or a metadata service can't be reached so. */
  private String prerouting() {
    return """
      chain prerouting {
        type filter hook prerouting priority raw; policy accept;
        iifname != "%s" accept
    %s%s    fib daddr type { local, broadcast, anycast, multicast } drop
    %s  }
    """
        .formatted(
            tun,
            matching(gateways, "daddr", "accept"),
            matching(exceptions, "daddr", "accept"),
            matching(refused, "daddr", "drop"));
  }

  /** From port 53 to the forwarder's own: the other may be some other program's on this node. */
  private String dns() {
    if (dnsPort == 0) {
      return "";
    }
    StringBuilder rules = new StringBuilder();
    for (Prefix gateway : gateways) {
      String family = gateway.ipv4() ? "ip" : "ip6";
      String to = gateway.ipv4() ? gateway.addressText() : "[" + gateway.addressText() + "]";
      for (String transport : List.of("udp", "tcp")) {
        rules.append(
            "    iifname \"%s\" %s daddr %s %s dport 53 dnat %s to %s:%d\n"
                .formatted(tun, family, gateway, transport, family, to, dnsPort));
      }
    }
    return """
      chain dns {
        type nat hook prerouting priority dstnat; policy accept;
    %s  }
    """
        .formatted(rules);
  }

  /**
   * What the node itself gets. Established: answers to what the node asked a client. Translated: a
   * Service that a client may reach and whose pod is on this node's own network; what node ports
   * and the like are translated from has been dropped before.
   */
  private String input() {
    return """
      chain input {
        type filter hook input priority filter; policy accept;
        iifname != "%s" accept
        ct state established,related accept
        ct status dnat accept
    %s%s%s    drop
      }
    """
        .formatted(
            tun,
            matching(ofFamily(gateways, true), "daddr", "icmp type echo-request accept"),
            matching(ofFamily(gateways, false), "daddr", "icmpv6 type echo-request accept"),
            matching(exceptions, "daddr", "accept"));
  }

  /** What leaves by a TUN of the cluster and is for no client is for a network behind one. */
  private String forward() {
    String within = "    iifname \"%s\" oifname \"%s*\" ".formatted(tun, clusterTuns);
    String own = within + "accept\n";
    if (!clientToClient) {
      own =
          within
              + "ct state established,related accept\n"
              + matching(within, networks, "daddr", "drop")
              + own;
    }
    return """
      chain forward {
        type filter hook forward priority filter; policy accept;
    %s    iifname "%s" oifname "%s*" drop
      }
    """
        .formatted(own, tun, allTuns);
  }

  /** The kernel would tell a client to go straight where its packets leave by the same TUN. */
  private String output() {
    return """
      chain output {
        type filter hook output priority filter; policy accept;
        oifname "%s" icmp type redirect drop
      }
    """
        .formatted(tun);
  }

  /**
   * The networks of clients by their source, as rules on the way in need Linux 5.7 here; what lies
   * behind clients by the way in.
   */
  private String postrouting() {
    return """
      chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "%s*" accept
        oifname "lo" accept
    %s    iifname "%s" masquerade
      }
    """
        .formatted(allTuns, matching(networks, "saddr", "masquerade"), tun);
  }

  /** A rule for each: prefixes in one set may not overlap, and nobody promises that they don't. */
  private static String matching(List<Prefix> prefixes, String field, String verdict) {
    return matching("    ", prefixes, field, verdict);
  }

  private static String matching(
      String before, List<Prefix> prefixes, String field, String verdict) {
    return prefixes.stream()
        .distinct()
        .map(p -> before + (p.ipv4() ? "ip " : "ip6 ") + field + " " + p + " " + verdict + "\n")
        .collect(Collectors.joining());
  }

  private static List<Prefix> ofFamily(List<Prefix> prefixes, boolean ipv4) {
    return prefixes.stream().filter(prefix -> prefix.ipv4() == ipv4).toList();
  }
}

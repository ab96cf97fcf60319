package dev.ovenbird.server.host;

import dev.ovenbird.linux.netlink.Ipv4Setting;
import dev.ovenbird.linux.netlink.Link;
import dev.ovenbird.linux.netlink.Prefix;
import dev.ovenbird.linux.netlink.Route;
import dev.ovenbird.linux.netlink.RouteNetlink;
import dev.ovenbird.linux.netlink.RouteWatch;
import dev.ovenbird.linux.nft.Nft;
import dev.ovenbird.linux.nft.NftTable;
import dev.ovenbird.server.route.AccessRules;
import dev.ovenbird.server.route.Cidr;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's side of a TUN: the gateway's addresses on it as single hosts, a route for each
 * session's addresses and for each network behind its client, the cluster's prefixes unreachable by
 * the worst metric (else packets for absent clients would leave by the default route), and an nft
 * table of the TUN's name.
 */
public final class KernelNetwork implements HostNetwork {
  private static final long WORST_METRIC = 0xffff_ffffL;

  /** Of routes to networks behind clients: whatever the node has set by itself goes first. */
  private static final long NETWORK_METRIC = 1_000_000;

  private static final Pattern CLUSTER_TUN = Pattern.compile("((ovb)[0-9a-f]{8}-)\\d+");

  private final String tun;
  private final int index;
  private final List<Cidr> prefixes;
  private final List<Cidr> gateways;
  private final int mtu;
  private final long metric;
  private final Nft nft = Nft.find();
  private final RouteNetlink netlink = RouteNetlink.open();

  /** From before the first look at routes on, so that no change is missed. */
  private final RouteWatch watch = RouteWatch.open();

  private FirewallRules firewall;
  private boolean removed;

  /** Held for questions that other threads ask than the one that sets routes. */
  private final Object asking = new Object();

  private @Nullable RouteNetlink answers;
  private boolean asked;

  /**
   * @param tun name of an interface that exists
   * @param index of that interface
   * @param prefixes the cluster's own
   * @param lane taken from the worst metric, so that lanes of one node don't share a route
   */
  public KernelNetwork(
      String tun,
      int index,
      List<Cidr> prefixes,
      List<Cidr> gateways,
      int mtu,
      int lane,
      FirewallRules firewall) {
    this.tun = tun;
    this.index = index;
    this.prefixes = prefixes;
    this.gateways = gateways;
    this.mtu = mtu;
    this.metric = WORST_METRIC - lane;
    this.firewall = firewall;
  }

  @Override
  public void install() {
    try {
      // The firewall first: no packet may pass before it. It replaces a predecessor's table, as
      // the routes replace a predecessor's.
      apply(firewall);
      for (Cidr prefix : prefixes) {
        netlink.replaceUnreachable(prefix(prefix), metric);
      }
      netlink.disableLinkLocal(index);
      netlink.setMtu(index, mtu);
      Link link = new Link(index, tun, mtu, 0, false, "tun");
      netlink.setIpv4(link, Ipv4Setting.FORWARDING, 1);
      netlink.setIpv4(link, Ipv4Setting.ACCEPT_REDIRECTS, 0);
      netlink.setIpv4(link, Ipv4Setting.SEND_REDIRECTS, 0);
      for (Cidr gateway : gateways) {
        netlink.addAddress(index, prefix(gateway));
      }
      netlink.setUp(index, true);
    } catch (RuntimeException e) {
      remove();
      throw e;
    }
  }

  @Override
  public synchronized void apply(FirewallRules rules) {
    firewall = rules;
    Matcher name = CLUSTER_TUN.matcher(tun);
    boolean ofCluster = name.matches();
    List<Cidr> nodes = new ArrayList<>(ownAddresses());
    nodes.addAll(rules.nodeAddresses());
    List<Cidr> refused = new ArrayList<>(AccessRules.ALWAYS_REFUSED);
    refused.addAll(rules.nodeAddresses());
    nft.apply(
        new NftTable(
            tun,
            ofCluster ? name.group(1) : tun,
            ofCluster ? name.group(2) : tun,
            prefixes(prefixes),
            prefixes(gateways),
            rules.dnsPort(),
            rules.clientToClient(),
            rules.masquerade(),
            prefixes(AccessRules.named(rules.allowedDestinations(), nodes)),
            prefixes(refused)));
  }

  @Override
  public void route(Cidr prefix) {
    if (prefixes.stream().anyMatch(own -> own.contains(prefix))) {
      netlink.replaceRoute(index, prefix(prefix));
    } else {
      netlink.replaceRoute(index, prefix(prefix), NETWORK_METRIC);
    }
  }

  @Override
  public void unroute(Cidr prefix) {
    netlink.deleteRoute(index, prefix(prefix));
  }

  @Override
  public void keepRoutes(Set<Cidr> kept) {
    routed(route -> route.interfaceIndex() == index)
        .filter(prefix -> !kept.contains(prefix))
        .forEach(this::unroute);
  }

  @Override
  public Set<Cidr> routedElsewhere() {
    return routed(route -> route.interfaceIndex() != index).collect(Collectors.toSet());
  }

  private Stream<Cidr> routed(Predicate<Route> which) {
    return netlink.routes().stream()
        .filter(route -> !route.unreachable())
        .filter(which)
        .map(KernelNetwork::destination);
  }

  @Override
  public int routeEvents() {
    return watch.fd();
  }

  @Override
  public Set<Cidr> takenElsewhere() {
    Set<Cidr> taken = new HashSet<>();
    boolean all =
        watch.read(
            (route, present) -> {
              if (!present || route.unreachable()) {
                return;
              }
              // The last word counts. Who took it and left has still taken it from here.
              if (route.interfaceIndex() == index) {
                taken.remove(destination(route));
              } else {
                taken.add(destination(route));
              }
            });
    return all ? taken : routedElsewhere();
  }

  private static Cidr destination(Route route) {
    return Cidr.of(route.destination().addressBytes(), route.destination().bits());
  }

  @Override
  public int pathMtu(Cidr peer) {
    synchronized (asking) {
      if (asked) {
        return 0;
      }
      if (answers == null) {
        answers = RouteNetlink.open();
      }
      return answers.pathMtu(prefix(peer));
    }
  }

  @Override
  public List<Cidr> ownAddresses() {
    // Own socket: this is called by other threads than the routes are set by.
    try (RouteNetlink asking = RouteNetlink.open()) {
      List<Cidr> addresses = new ArrayList<>();
      for (Link link : asking.links("")) {
        for (Prefix address : asking.addresses(link.index())) {
          addresses.add(Cidr.host(address.addressBytes()));
        }
      }
      return List.copyOf(addresses);
    }
  }

  @Override
  public synchronized void remove() {
    if (removed) {
      return;
    }
    removed = true;
    RuntimeException first = null;
    for (Cidr prefix : prefixes) {
      try {
        netlink.deleteUnreachable(prefix(prefix), metric);
      } catch (RuntimeException e) {
        first = e;
      }
    }
    netlink.close();
    synchronized (asking) {
      asked = true;
      if (answers != null) {
        answers.close();
      }
    }
    watch.close();
    try {
      nft.delete(tun);
    } catch (RuntimeException e) {
      first = e;
    }
    if (first != null) {
      throw first;
    }
  }

  private static List<Prefix> prefixes(List<Cidr> cidrs) {
    return cidrs.stream().map(KernelNetwork::prefix).toList();
  }

  private static Prefix prefix(Cidr cidr) {
    return Prefix.of(cidr.address(), cidr.familyLength());
  }
}

package dev.ovenbird.operator.plan.kubernetes;

import dev.ovenbird.crds.v1alpha1.Listener;
import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import dev.ovenbird.operator.address.Cidr;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.resolve.Sockets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Why a cluster can't have the nodes that it selects: an older one has them for the same ports or
 * networks.
 *
 * @param reason of the condition
 * @param message names the older cluster, and what to do
 */
public record Conflict(String reason, String message) {

  /**
   * What a cluster would take.
   *
   * @param created RFC 3339, as the API server gave it
   * @param nodes names of those that run its instances
   */
  public record Claim(
      String namespace,
      String name,
      String created,
      VpnClusterSpec spec,
      TunnelNetworks networks,
      Set<String> nodes) {
    String title() {
      return "VpnCluster " + namespace + "/" + name;
    }
  }

  private static final Comparator<Claim> AGE =
      Comparator.comparing(Claim::created)
          .thenComparing(Claim::namespace)
          .thenComparing(Claim::name);

  /** The conflict of one among all; null if it may have what it claims. */
  public static @Nullable Conflict of(Claim claim, List<Claim> all) {
    List<Claim> older = new ArrayList<>();
    for (Claim other : all.stream().sorted(AGE).toList()) {
      Conflict conflict = among(other, older);
      if (other.namespace().equals(claim.namespace()) && other.name().equals(claim.name())) {
        return conflict;
      }
      if (conflict == null) {
        older.add(other); // One that takes nothing is in nobody's way.
      }
    }
    return null;
  }

  private static @Nullable Conflict among(Claim claim, List<Claim> older) {
    for (Claim other : older) {
      if (Collections.disjoint(claim.nodes(), other.nodes())) {
        continue;
      }
      String where =
          " of "
              + other.title()
              + ", which is older and runs on "
              + some(claim.nodes(), other.nodes())
              + " too; ";
      String network = network(claim.networks(), other.networks());
      if (network != null) {
        return new Conflict(
            "NetworkConflict",
            network
                + where
                + "make this cluster anew with other networkCIDRs, or select other nodes");
      }
      String port = port(claim.spec(), other.spec());
      if (port != null) {
        return new Conflict(
            "PortConflict", port + where + "give this cluster other ports, or select other nodes");
      }
    }
    return null;
  }

  private static String some(Set<String> nodes, Set<String> others) {
    Set<String> shared = new TreeSet<>(nodes);
    shared.retainAll(others);
    String first = "node " + shared.iterator().next();
    return shared.size() == 1 ? first : first + " and others";
  }

  private static @Nullable String network(TunnelNetworks networks, TunnelNetworks others) {
    Cidr six = networks.ipv6();
    Cidr otherSix = others.ipv6();
    if (networks.ipv4().overlaps(others.ipv4())) {
      return "network " + networks.ipv4() + " overlaps " + others.ipv4();
    } else if (six != null && otherSix != null && six.overlaps(otherSix)) {
      return "network " + six + " overlaps " + otherSix;
    }
    return null;
  }

  private static @Nullable String port(VpnClusterSpec spec, VpnClusterSpec other) {
    for (Listener listener : Sockets.of(spec)) {
      for (Listener taken : Sockets.of(other)) {
        if (listener.protocol() != taken.protocol() || !meet(listener, taken)) {
          continue;
        }
        Set<Integer> ports = new TreeSet<>(ports(listener, spec));
        ports.retainAll(ports(taken, other));
        if (!ports.isEmpty()) {
          return listener.protocol()
              + " port "
              + ports.iterator().next()
              + " of listener "
              + listener.name()
              + " is also listener "
              + taken.name()
              + "'s";
        }
      }
    }
    return null;
  }

  private static boolean meet(Listener listener, Listener other) {
    return listener.addresses().isEmpty()
        || other.addresses().isEmpty()
        || !Collections.disjoint(listener.addresses(), other.addresses());
  }

  private static List<Integer> ports(Listener listener, VpnClusterSpec spec) {
    List<Integer> lanes = listener.lanes();
    return (lanes == null ? IntStream.range(0, spec.instances().perNode()).boxed() : lanes.stream())
        .map(lane -> listener.port() + lane)
        .toList();
  }
}

package dev.ovenbird.operator.plan.kubernetes;

import dev.ovenbird.crds.v1alpha1.Endpoints.Dns;
import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import dev.ovenbird.crds.v1alpha1.VpnClusterStatus.DnsRecord;
import dev.ovenbird.crds.v1alpha1.VpnClusterStatus.DnsRecordType;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.plan.Endpoint;
import dev.ovenbird.operator.plan.InstanceId;
import dev.ovenbird.operator.plan.Node;
import dev.ovenbird.operator.plan.Planner;
import dev.ovenbird.operator.plan.RendezvousScore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Names that profiles list for good, and the nodes that each stands for: every node is in a slot,
 * every slot has a node, and a node that comes or goes changes few of them.
 */
public final class DnsSlots {
  private static final int MAX_ADDRESSES = 64; // Of a record in a VpnCluster's status.

  private final Dns dns;
  private final SortedMap<Integer, SortedSet<String>> nodesOf = new TreeMap<>();

  /**
   * @param nodes names of those that the slots share out
   */
  public DnsSlots(Dns dns, Collection<String> nodes) {
    this.dns = dns;
    for (int slot = 0; slot < dns.slots(); slot++) {
      nodesOf.put(slot, new TreeSet<>());
    }
    if (nodes.isEmpty()) {
      return;
    }
    nodesOf.forEach((slot, members) -> members.add(best(host(slot), nodes)));
    for (String node : nodes) {
      if (nodesOf.values().stream().noneMatch(members -> members.contains(node))) {
        nodesOf.entrySet().stream()
            .max(Comparator.comparing(slot -> RendezvousScore.of(node, host(slot.getKey()))))
            .ifPresent(slot -> slot.getValue().add(node));
      }
    }
  }

  /** {@code s0.DOMAIN}. */
  public String host(int slot) {
    return "s" + slot + "." + dns.domain();
  }

  /** Names that stand for a node. */
  public List<String> hosts(String node) {
    return nodesOf.entrySet().stream()
        .filter(slot -> slot.getValue().contains(node))
        .map(slot -> host(slot.getKey()))
        .toList();
  }

  /** What profiles list: each lane behind each name, as {@code s0/1}. */
  public SortedMap<String, List<Endpoint>> endpoints(VpnClusterSpec spec) {
    SortedMap<String, List<Endpoint>> endpoints = new TreeMap<>();
    for (int slot : nodesOf.keySet()) {
      for (int lane = 0; lane < spec.instances().perNode(); lane++) {
        endpoints.put(
            new InstanceId("s" + slot, lane).toString(),
            Planner.endpoints(spec, List.of(host(slot)), lane));
      }
    }
    return endpoints;
  }

  /** What the names should resolve to; names without an address left out. */
  public List<DnsRecord> records(Collection<Node> nodes) {
    List<DnsRecord> records = new ArrayList<>();
    nodesOf.forEach(
        (slot, members) -> {
          List<IpAddress> addresses =
              nodes.stream()
                  .filter(node -> members.contains(node.name()))
                  .flatMap(node -> node.reachable().stream())
                  .distinct()
                  .sorted()
                  .toList();
          for (DnsRecordType type : DnsRecordType.values()) {
            List<String> texts =
                addresses.stream()
                    .filter(address -> address.isIpv6() == (type == DnsRecordType.AAAA))
                    .map(IpAddress::toString)
                    .limit(MAX_ADDRESSES)
                    .toList();
            if (!texts.isEmpty()) {
              records.add(new DnsRecord(host(slot), type, texts));
            }
          }
        });
    return List.copyOf(records);
  }

  private static String best(String host, Collection<String> nodes) {
    return nodes.stream()
        .max(
            Comparator.comparing((String node) -> RendezvousScore.of(node, host))
                .thenComparing(Comparator.naturalOrder()))
        .orElseThrow();
  }
}

package dev.ovenbird.operator.issue;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.plan.ClusterState;
import dev.ovenbird.operator.plan.ClusterState.ClientState;
import dev.ovenbird.operator.resolve.Problem;
import dev.ovenbird.operator.resolve.ResolvedClient;
import dev.ovenbird.operator.resolve.ResolvedCluster;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;

/** Keeps each client's identity and addresses while it is there, and gives new ones to new. */
public final class Identities {
  private Identities() {}

  /** The state of a cluster that has no client yet. */
  public static ClusterState initial(ResolvedCluster cluster, Supplier<UUID> random) {
    return new ClusterState(random.get().toString(), cluster.networks().cidrs(), Map.of());
  }

  /**
   * The state with the cluster's present clients; a client that went loses its identity for good.
   *
   * @param problems gets addresses that cannot be granted; then the result must not be used
   */
  public static ClusterState update(
      ResolvedCluster cluster, ClusterState before, Supplier<UUID> random, List<Problem> problems) {
    Map<String, IpAddress> held = new HashMap<>();
    before
        .clients()
        .forEach(
            (name, client) -> {
              IpAddress ipv4 =
                  client.addresses().isEmpty()
                      ? null
                      : IpAddress.parse(client.addresses().getFirst());
              if (ipv4 != null) {
                held.put(name, ipv4);
              }
            });
    Map<String, IpAddress> claims =
        AddressClaims.claim(cluster.networks(), cluster.clients(), held, problems);
    Map<String, ClientState> clients = new TreeMap<>();
    for (ResolvedClient client : cluster.clients()) {
      IpAddress ipv4 = claims.get(client.name());
      if (ipv4 == null) {
        continue;
      }
      ClientState known = before.clients().get(client.name());
      clients.put(
          client.name(),
          new ClientState(
              known == null ? random.get().toString() : known.uid(),
              cluster.networks().addresses(Objects.requireNonNull(ipv4)),
              known == null ? List.of() : known.serials()));
    }
    return new ClusterState(before.clusterUid(), before.networkCIDRs(), clients);
  }
}

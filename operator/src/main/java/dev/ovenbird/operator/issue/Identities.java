package dev.ovenbird.operator.issue;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.issue.AddressClaims.Known;
import dev.ovenbird.operator.issue.AddressClaims.Refusal;
import dev.ovenbird.operator.issue.AddressClaims.Request;
import dev.ovenbird.operator.plan.ClusterState;
import dev.ovenbird.operator.plan.ClusterState.ClientState;
import dev.ovenbird.operator.resolve.Problem;
import dev.ovenbird.operator.resolve.ResolvedClient;
import dev.ovenbird.operator.resolve.ResolvedCluster;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Local mode: keeps each client's identity and addresses while it is there, and gives new ones to
 * new. A client that went has no claim any more.
 */
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
    Map<String, IpAddress> claims = claim(cluster.networks(), cluster.clients(), held, problems);
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
              cluster.networks().addresses(ipv4),
              known == null ? List.of() : known.serials()));
    }
    return new ClusterState(before.clusterUid(), before.networkCIDRs(), clients);
  }

  /**
   * Claims for all clients.
   *
   * @param held claims of before, by client name; those of clients that are gone are free
   * @return by client name
   */
  static Map<String, IpAddress> claim(
      TunnelNetworks networks,
      List<ResolvedClient> clients,
      Map<String, IpAddress> held,
      List<Problem> problems) {
    TreeMap<Integer, Claim> claims = new TreeMap<>();
    List<Request> requests = new ArrayList<>();
    for (ResolvedClient client : clients) {
      IpAddress kept = held.get(client.name());
      if (kept != null && networks.unusable(kept) == null) {
        claims.put(
            AddressClaims.number(networks, kept), new Claim(client.name(), client.name(), null));
      }
      // All of one age, so that the name is what counts.
      requests.add(new Request(client.name(), client.name(), client.chosenIpv4(), Instant.EPOCH));
    }
    AddressClaims.Decision decision =
        AddressClaims.decide(
            new Known(
                networks,
                claims,
                Set.of(),
                Set.of(),
                (number, claim) -> true,
                Instant.EPOCH,
                Duration.ZERO),
            requests);
    for (ResolvedClient client : clients) {
      Refusal refusal = decision.refused().get(client.name());
      if (refusal != null) {
        boolean chosen = refusal.reason().equals(AddressClaims.TAKEN);
        problems.add(new Problem(client.line(), chosen ? "spec.addresses" : "", refusal.message()));
      }
    }
    return new TreeMap<>(decision.granted());
  }
}

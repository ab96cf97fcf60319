package dev.ovenbird.operator.reconcile;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.operator.address.Cidr;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.plan.Node;
import dev.ovenbird.operator.plan.kubernetes.Placement;
import dev.ovenbird.operator.reconcile.watch.Caches;
import dev.ovenbird.operator.resolve.RoutedNetworks;
import dev.ovenbird.operator.resolve.RoutedNetworks.Outcome;
import dev.ovenbird.operator.resolve.RoutedNetworks.Site;
import dev.ovenbird.operator.resolve.RoutedNetworks.Taken;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The networks behind clients, as the caches have them now. */
public final class ClientNetworks {
  private static final Outcome NONE = new Outcome(List.of(), List.of());

  private ClientNetworks() {}

  /** What becomes of those that a client names. */
  public static Outcome of(OperatorContext context, VpnClient client, ClusterSnapshot cluster) {
    if (client.getSpec().routedCIDRs().isEmpty()) {
      return NONE;
    }
    List<Taken> taken = new ArrayList<>();
    String owner = "the network of VpnCluster " + cluster.name();
    taken.add(new Taken(cluster.networks().ipv4(), owner));
    Cidr ipv6 = cluster.networks().ipv6();
    if (ipv6 != null) {
      taken.add(new Taken(ipv6, owner));
    }
    context.caches().nodes().getStore().list().forEach(node -> taken.addAll(taken(node)));
    List<Site> others =
        sites(context, client).stream()
            .filter(other -> other.getMetadata().getDeletionTimestamp() == null)
            .map(ClientNetworks::site)
            .toList();
    return RoutedNetworks.of(site(client), others, taken);
  }

  /**
   * Other clients of the same cluster that may get or lose networks by a change.
   *
   * @param before null: it is new or gone
   */
  public static List<VpnClient> concerned(
      OperatorContext context, @Nullable VpnClient before, VpnClient after) {
    List<Cidr> changed = new ArrayList<>(named(after));
    if (before != null) {
      if (says(before).equals(says(after))) {
        return List.of();
      }
      changed.addAll(named(before));
    }
    return changed.isEmpty() ? List.of() : overlapping(sites(context, after), changed);
  }

  /**
   * Clients that may get or lose networks by a node's coming, going or change.
   *
   * @param before null: it is new or gone
   */
  public static List<VpnClient> concerned(
      OperatorContext context,
      io.fabric8.kubernetes.api.model.@Nullable Node before,
      io.fabric8.kubernetes.api.model.Node after) {
    List<Taken> now = taken(after);
    List<Taken> then = before == null ? List.of() : taken(before);
    return now.equals(then)
        ? List.of()
        : overlapping(
            context.caches().clients().getIndexer().byIndex(Caches.BY_NETWORKS, Caches.ANY),
            Stream.concat(now.stream(), then.stream()).map(Taken::network).toList());
  }

  private static List<VpnClient> overlapping(List<VpnClient> clients, List<Cidr> networks) {
    return clients.stream()
        .filter(
            client ->
                named(client).stream()
                    .anyMatch(its -> networks.stream().anyMatch(one -> one.overlaps(its))))
        .toList();
  }

  /** The others of its cluster. */
  private static List<VpnClient> sites(OperatorContext context, VpnClient client) {
    String uid = client.getMetadata().getUid();
    return context
        .caches()
        .clients()
        .getIndexer()
        .byIndex(Caches.BY_NETWORKS, Caches.cluster(client))
        .stream()
        .filter(other -> !other.getMetadata().getUid().equals(uid))
        .toList();
  }

  private static Site site(VpnClient client) {
    return new Site(
        client.getMetadata().getName(), client.getMetadata().getCreationTimestamp(), named(client));
  }

  private static List<Cidr> named(VpnClient client) {
    return cidrs(client.getSpec().routedCIDRs());
  }

  private static List<Cidr> cidrs(List<String> texts) {
    return texts.stream()
        .map(Cidr::parse)
        .filter(Objects::nonNull)
        .map(Objects::requireNonNull)
        .toList();
  }

  /** All that others' networks depend on. */
  private static List<Object> says(VpnClient client) {
    return List.of(
        client.getMetadata().getUid(),
        client.getMetadata().getDeletionTimestamp() != null,
        client.getSpec().routedCIDRs());
  }

  private static List<Taken> taken(io.fabric8.kubernetes.api.model.Node object) {
    Node node = Placement.addressed(object);
    List<Taken> taken = new ArrayList<>();
    for (IpAddress address :
        Stream.concat(node.internal().stream(), node.external().stream()).toList()) {
      taken.add(new Taken(Cidr.host(address), "the address of node " + node.name()));
    }
    List<String> pods = object.getSpec() == null ? null : object.getSpec().getPodCIDRs();
    for (Cidr network : cidrs(pods == null ? List.of() : pods)) {
      taken.add(new Taken(network, "the pods' network of node " + node.name()));
    }
    return taken;
  }
}

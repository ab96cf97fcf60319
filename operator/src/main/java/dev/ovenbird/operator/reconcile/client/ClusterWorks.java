package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.watch.Caches;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The clusters whose clients are worked on, by {@code namespace/name}. */
final class ClusterWorks {
  private final OperatorContext context;
  private final WakeUps wakeUps;
  private final Map<String, ClusterWork> works = new ConcurrentHashMap<>();

  ClusterWorks(OperatorContext context, WakeUps wakeUps) {
    this.context = context;
    this.wakeUps = wakeUps;
    context.clusters().onChange(this::published);
  }

  /** Null while the cluster is missing, or never was accepted. */
  @Nullable ClusterWork find(String namespace, String name) {
    return works.compute(
        namespace + "/" + name,
        (any, known) -> {
          ClusterSnapshot published = context.clusters().find(namespace, name);
          if (known != null && isOver(known.snapshot(), published)) {
            known.close();
            known = null;
          }
          return known == null && published != null ? begin(published) : known;
        });
  }

  /**
   * A cluster that is not accepted any more goes on as it last was; one that is gone, or another of
   * its name, does not.
   */
  private boolean isOver(ClusterSnapshot known, @Nullable ClusterSnapshot published) {
    if (published != null) {
      return !published.uid().equals(known.uid());
    }
    VpnCluster cluster =
        context.caches().clusters().getStore().getByKey(known.namespace() + "/" + known.name());
    return cluster == null
        || !known.uid().equals(cluster.getMetadata().getUid())
        || cluster.getMetadata().getDeletionTimestamp() != null;
  }

  private ClusterWork begin(ClusterSnapshot snapshot) {
    ClaimKeeper keeper =
        new ClaimKeeper(
            snapshot.namespace() + "/" + snapshot.name(),
            new ConfigMapClaims(context, snapshot),
            snapshot.networks(),
            context.settings().addressHold(),
            context.clock(),
            () ->
                ClusterWork.clients(context, snapshot).stream()
                    .map(client -> client.getMetadata().getUid())
                    .collect(Collectors.toSet()),
            this::wake);
    return new ClusterWork(context, snapshot, keeper);
  }

  private void wake(String client) {
    int slash = client.indexOf('/');
    wakeUps.wake(client.substring(0, slash), client.substring(slash + 1));
  }

  private void published(ClusterSnapshot snapshot) {
    // Not get: work that is beginning, by what was published before, has to hear of it, too.
    ClusterWork known =
        works.computeIfPresent(
            snapshot.namespace() + "/" + snapshot.name(), (any, present) -> present);
    ClusterSnapshot now = context.clusters().find(snapshot.namespace(), snapshot.name());
    if (known != null && now != null && known.snapshot().uid().equals(now.uid())) {
      if (!known.update(now)) {
        return;
      }
    }
    wakeAll(snapshot.namespace(), snapshot.name());
  }

  /** Has all clients of a cluster looked at. */
  void wakeAll(String namespace, String cluster) {
    for (VpnClient client :
        context
            .caches()
            .clients()
            .getIndexer()
            .byIndex(Caches.BY_CLUSTER, namespace + "/" + cluster)) {
      wakeUps.wake(namespace, client.getMetadata().getName());
    }
  }

  /** A client is gone; its claims are released if its cluster is worked on here. */
  void deleted(VpnClient client) {
    ClusterWork work =
        works.get(client.getMetadata().getNamespace() + "/" + client.getSpec().clusterRef().name());
    if (work != null) {
      work.claims().deleted(client.getMetadata().getUid());
      work.remotes().remove(client.getMetadata().getUid());
    }
  }

  /** Claims have changed. */
  void claimsChanged(ConfigMap claims) {
    each(claims, ClaimKeeper::retryRefused);
  }

  /** These claims say no longer that the address is that client's. */
  void claimLost(ConfigMap claims, String clientUid, String address) {
    each(claims, keeper -> keeper.lost(clientUid, IpAddress.parse(address)));
  }

  private void each(ConfigMap claims, Consumer<ClaimKeeper> task) {
    works
        .values()
        .forEach(
            work -> {
              if (work.snapshot().uid().equals(Marks.label(claims, Marks.CLUSTER_UID))) {
                task.accept(work.claims());
              }
            });
  }

  void close() {
    works.values().forEach(ClusterWork::close);
    works.clear();
  }
}

package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.kubernetes.Conflict;
import dev.ovenbird.operator.plan.kubernetes.Placement;
import dev.ovenbird.operator.reconcile.watch.Caches;
import dev.ovenbird.operator.resolve.ClusterResource;
import dev.ovenbird.operator.resolve.InvalidInputException;
import dev.ovenbird.operator.resolve.ResolvedCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the shared caches have of one cluster, and of those beside it. */
final class ClusterCache {
  private final Caches caches;
  private final VpnCluster cluster;
  private final String uid;

  ClusterCache(Caches caches, VpnCluster cluster) {
    this.caches = caches;
    this.cluster = cluster;
    uid = cluster.getMetadata().getUid();
  }

  List<Node> nodes() {
    return caches.nodes().getStore().list();
  }

  /** By name. */
  Map<String, VpnInstance> instances() {
    return byName(caches.instances());
  }

  Map<Integer, DaemonSet> daemonSets() {
    Map<Integer, DaemonSet> byLane = new TreeMap<>();
    for (DaemonSet daemonSet :
        caches.daemonSets().getIndexer().byIndex(Caches.BY_CLUSTER_UID, uid)) {
      Integer lane = lane(daemonSet);
      if (lane != null) {
        byLane.put(lane, daemonSet);
      }
    }
    return byLane;
  }

  /** By name. */
  Map<String, ConfigMap> configMaps() {
    return byName(caches.configMaps());
  }

  /** By name; of their data only the digest. Profiles are people's and left out. */
  Map<String, Secret> secrets() {
    Map<String, Secret> secrets = byName(caches.secrets());
    secrets.values().removeIf(secret -> "profile".equals(component(secret)));
    return secrets;
  }

  int clients() {
    return caches
        .clients()
        .getIndexer()
        .byIndex(
            Caches.BY_CLUSTER,
            cluster.getMetadata().getNamespace() + "/" + cluster.getMetadata().getName())
        .size();
  }

  /** As the cache last saw the cluster itself. */
  VpnCluster latest() {
    VpnCluster cached =
        caches
            .clusters()
            .getIndexer()
            .getByKey(cluster.getMetadata().getNamespace() + "/" + cluster.getMetadata().getName());
    return cached != null && uid.equals(cached.getMetadata().getUid()) ? cached : cluster;
  }

  /** What all clusters would take; those with an invalid spec take nothing. */
  List<Conflict.Claim> claims() {
    List<Conflict.Claim> claims = new ArrayList<>();
    for (VpnCluster other : caches.clusters().getStore().list()) {
      if (!uid.equals(other.getMetadata().getUid())) {
        try {
          claims.add(claim(other, ClusterResource.resolve(other)));
        } catch (InvalidInputException e) {
          continue; // Its own condition says so.
        }
      }
    }
    return claims;
  }

  Conflict.Claim claim(VpnCluster of, ResolvedCluster resolved) {
    Set<String> nodes =
        Placement.of(resolved.spec().instances(), nodes()).stream()
            .map(placement -> placement.node().name())
            .collect(Collectors.toSet());
    return new Conflict.Claim(
        resolved.namespace(),
        resolved.name(),
        of.getMetadata().getCreationTimestamp(),
        resolved.spec(),
        resolved.networks(),
        nodes);
  }

  static @Nullable Integer lane(HasMetadata object) {
    String lane = Marks.label(object, Marks.LANE);
    return lane == null || !lane.matches("[0-9]{1,2}") ? null : (Integer) Integer.parseInt(lane);
  }

  static @Nullable String component(HasMetadata object) {
    return Marks.label(object, Marks.COMPONENT);
  }

  private <T extends HasMetadata> Map<String, T> byName(SharedIndexInformer<T> informer) {
    Map<String, T> byName = new HashMap<>();
    for (T object : informer.getIndexer().byIndex(Caches.BY_CLUSTER_UID, uid)) {
      byName.put(object.getMetadata().getName(), object);
    }
    return byName;
  }
}

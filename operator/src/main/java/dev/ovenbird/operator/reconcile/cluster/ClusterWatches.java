package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.reconcile.watch.Caches;
import dev.ovenbird.operator.reconcile.watch.SharedEventSource;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Which changes concern which clusters; heartbeats and reports of who is connected do not. */
final class ClusterWatches {
  private static final Set<String> COMPONENTS = Set.of("config", "keys", "ca");

  private final Caches caches;

  ClusterWatches(Caches caches) {
    this.caches = caches;
  }

  List<EventSource<?, VpnCluster>> sources() {
    return List.of(
        new SharedEventSource<>(
            "cluster-instances",
            caches.instances(),
            (before, after) -> owner(before, after, ClusterWatches::seen)),
        new SharedEventSource<>(
            "cluster-daemonsets",
            caches.daemonSets(),
            (before, after) -> owner(before, after, set -> set.getMetadata().getResourceVersion())),
        new SharedEventSource<>(
            "cluster-configmaps",
            caches.configMaps(),
            (before, after) ->
                component(after) ? owner(before, after, ConfigMap::getData) : Set.of()),
        new SharedEventSource<>(
            "cluster-secrets",
            caches.secrets(),
            (before, after) -> component(after) ? owner(before, after, Secret::getData) : Set.of()),
        new SharedEventSource<>("cluster-nodes", caches.nodes(), this::all),
        new SharedEventSource<>("cluster-neighbours", caches.clusters(), this::neighbours),
        new SharedEventSource<>(
            "cluster-clients",
            caches.clients(),
            (before, after) ->
                before != null
                    ? Set.of()
                    : Set.of(
                        new ResourceID(
                            after.getSpec().clusterRef().name(),
                            after.getMetadata().getNamespace()))));
  }

  private Set<ResourceID> all(@Nullable Node before, Node after) {
    return before != null && seen(before).equals(seen(after)) ? Set.of() : others(null);
  }

  private Set<ResourceID> neighbours(@Nullable VpnCluster before, VpnCluster after) {
    boolean same =
        before != null
            && Objects.equals(
                before.getMetadata().getGeneration(), after.getMetadata().getGeneration())
            && Objects.equals(
                before.getMetadata().getDeletionTimestamp(),
                after.getMetadata().getDeletionTimestamp());
    return same ? Set.of() : others(after);
  }

  private Set<ResourceID> others(@Nullable VpnCluster than) {
    Set<ResourceID> others = new HashSet<>();
    for (VpnCluster cluster : caches.clusters().getStore().list()) {
      if (than == null || !cluster.getMetadata().getUid().equals(than.getMetadata().getUid())) {
        others.add(ResourceID.fromResource(cluster));
      }
    }
    return others;
  }

  private static <T extends HasMetadata> Set<ResourceID> owner(
      @Nullable T before, T after, Function<T, @Nullable Object> seen) {
    if (before != null
        && Objects.equals(seen.apply(before), seen.apply(after))
        && Objects.equals(before.getMetadata().getLabels(), after.getMetadata().getLabels())
        && Objects.equals(
            before.getMetadata().getAnnotations(), after.getMetadata().getAnnotations())) {
      return Set.of();
    }
    Map<String, String> labels =
        Objects.requireNonNullElse(
            (before == null ? after : before).getMetadata().getLabels(), Map.of());
    String namespace = labels.get(Marks.CLUSTER_NAMESPACE);
    String name = labels.get(Marks.CLUSTER);
    return namespace == null || name == null ? Set.of() : Set.of(new ResourceID(name, namespace));
  }

  private static boolean component(HasMetadata object) {
    String component = ClusterCache.component(object);
    return component != null && COMPONENTS.contains(component);
  }

  /** What the operator looks at; not the sessions. */
  private static List<@Nullable Object> seen(VpnInstance instance) {
    VpnInstanceStatus status = instance.getStatus();
    if (status == null) {
      return Arrays.asList(instance.getSpec(), null);
    }
    List<Condition> conditions = Objects.requireNonNullElse(status.conditions(), List.of());
    return Arrays.asList(
        instance.getSpec(),
        status.mode(),
        status.serverKeyGenerations(),
        status.endpoints(),
        conditions.stream()
            .filter(condition -> condition.getType().equals("Ready"))
            .map(condition -> condition.getStatus() + condition.getReason())
            .findFirst()
            .orElse(null));
  }

  /** What instances are placed and reached by; not the heartbeat. */
  private static List<@Nullable Object> seen(Node node) {
    var status = node.getStatus();
    return Arrays.asList(
        node.getMetadata().getLabels(),
        node.getSpec().getTaints(),
        node.getSpec().getUnschedulable(),
        status == null ? null : status.getAddresses(),
        status == null || status.getConditions() == null
            ? null
            : status.getConditions().stream()
                .filter(condition -> condition.getType().equals("Ready"))
                .map(condition -> condition.getStatus() + condition.getLastTransitionTime())
                .findFirst()
                .orElse(null));
  }
}

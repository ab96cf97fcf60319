package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import dev.ovenbird.operator.apply.ForeignObjectException;
import dev.ovenbird.operator.plan.kubernetes.ClusterObjects;
import dev.ovenbird.operator.plan.kubernetes.InstancePlan;
import dev.ovenbird.operator.plan.kubernetes.Rollout;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.watch.SecretDigest;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes what was planned be there. */
final class Writes {
  private final OperatorContext context;
  private final VpnCluster cluster;
  private final ClusterCache cache;

  Writes(OperatorContext context, VpnCluster cluster, ClusterCache cache) {
    this.context = context;
    this.cluster = cluster;
    this.cache = cache;
  }

  /** Objects without a watch. */
  void access(List<HasMetadata> objects) throws ForeignObjectException {
    for (HasMetadata object : objects) {
      context.applier().apply(object, null);
    }
  }

  void keys(Secret desired) throws ForeignObjectException {
    Secret known = cache.secrets().get(desired.getMetadata().getName());
    if (known == null
        || !SecretDigest.of(known).equals(SecretDigest.of(desired.getData()))
        || !known
            .getMetadata()
            .getLabels()
            .entrySet()
            .containsAll(desired.getMetadata().getLabels().entrySet())) {
      context.applier().apply(desired, null);
    }
  }

  void configs(ClusterObjects objects) throws ForeignObjectException {
    Map<String, ConfigMap> known = cache.configMaps();
    for (ConfigMap config : objects.configs().values()) {
      context.applier().apply(config, known.get(config.getMetadata().getName()));
    }
  }

  /**
   * New lanes at once; a lane's new template only when the lanes before it are done with theirs.
   *
   * @param dead nodes that are not ready
   * @return the lanes as they now are
   */
  Map<Integer, DaemonSet> daemonSets(ClusterObjects objects, InstancePlan plan, int dead)
      throws ForeignObjectException {
    Map<Integer, DaemonSet> known = cache.daemonSets();
    Map<Integer, DaemonSet> now = new TreeMap<>(known);
    boolean settled = true;
    for (Map.Entry<Integer, DaemonSet> lane : objects.daemonSets().entrySet()) {
      DaemonSet desired = lane.getValue();
      DaemonSet actual = known.get(lane.getKey());
      if (actual != null && plan.leaving().contains(lane.getKey())) {
        // Its agents have to clean up on nodes that it leaves: until then it stays on them.
        PodSpec pods = desired.getSpec().getTemplate().getSpec();
        pods.setNodeSelector(actual.getSpec().getTemplate().getSpec().getNodeSelector());
      }
      // A pod that never becomes ready on a dead node must not be the one that may be new.
      desired
          .getSpec()
          .getUpdateStrategy()
          .getRollingUpdate()
          .setMaxSurge(new IntOrString(1 + dead));
      boolean changes = actual != null && !context.applier().wasApplied(desired, actual);
      if (changes && !settled) {
        continue;
      }
      DaemonSet applied = context.applier().apply(desired, actual);
      now.put(lane.getKey(), applied);
      if (actual != null
          && changes
          && !actual.getSpec().getTemplate().equals(applied.getSpec().getTemplate())) {
        context
            .events()
            .normal(
                cluster, "LaneRolling", "lane " + lane.getKey() + " gets new pods, node by node");
      }
      // A lane that is only starting holds nobody up: there is nothing yet to be rolled.
      settled &= actual == null || Rollout.isSettled(applied, dead);
    }
    return now;
  }

  void instances(InstancePlan plan) throws ForeignObjectException {
    Map<String, VpnInstance> known = cache.instances();
    Parallel.each(
        List.copyOf(plan.wanted().values()),
        desired -> instance(desired, known.get(desired.getMetadata().getName()), plan));
    Parallel.each(
        plan.finished(),
        name -> {
          VpnInstance gone = known.get(name);
          if (gone != null) {
            context.applier().delete(gone);
          }
        });
  }

  private void instance(VpnInstance desired, @Nullable VpnInstance known, InstancePlan plan)
      throws ForeignObjectException {
    List<VpnInstanceStatus.Endpoint> endpoints =
        plan.endpoints().getOrDefault(desired.getMetadata().getName(), List.of());
    VpnInstance actual = known;
    if (actual == null || !isAsPlanned(desired, actual)) {
      actual = context.applier().apply(desired, known);
    }
    List<VpnInstanceStatus.Endpoint> written =
        actual.getStatus() == null ? null : actual.getStatus().endpoints();
    if (!endpoints.equals(written)) {
      VpnInstance status = new VpnInstance();
      status.setMetadata(
          new ObjectMetaBuilder()
              .withName(desired.getMetadata().getName())
              .withNamespace(desired.getMetadata().getNamespace())
              .build());
      // The API server wants a valid spec and ignores it in a status write.
      status.setSpec(desired.getSpec());
      status.setStatus(VpnInstanceStatus.reachedBy(endpoints));
      context.applier().applyStatus(status, actual);
    }
  }

  /** As the applier would find, without taking thousands of objects apart. */
  private static boolean isAsPlanned(VpnInstance desired, VpnInstance actual) {
    Map<String, String> labels = actual.getMetadata().getLabels();
    return desired.getSpec().equals(actual.getSpec())
        && labels != null
        && labels.entrySet().containsAll(desired.getMetadata().getLabels().entrySet());
  }

  /** Ends lanes of which no instance is left. */
  void endLanes(ClusterObjects objects, InstancePlan plan) {
    Set<Integer> lanes = new HashSet<>(objects.daemonSets().keySet());
    plan.wanted().values().forEach(instance -> lanes.add(instance.getSpec().lane()));
    cache
        .daemonSets()
        .forEach(
            (lane, daemonSet) -> {
              if (!lanes.contains(lane)) {
                context.applier().delete(daemonSet);
                context
                    .events()
                    .normal(cluster, "LaneEnded", "lane " + lane + " is retired and gone");
              }
            });
    cache.configMaps().values().stream()
        .filter(map -> "config".equals(ClusterCache.component(map)))
        .sorted(Comparator.comparing(map -> map.getMetadata().getName()))
        .forEach(
            map -> {
              Integer lane = ClusterCache.lane(map);
              if (lane != null && !lanes.contains(lane)) {
                context.applier().delete(map);
              }
            });
  }
}

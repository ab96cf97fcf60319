package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.operator.plan.kubernetes.InstancePlan;
import dev.ovenbird.operator.plan.kubernetes.Placement;
import dev.ovenbird.operator.plan.kubernetes.Placement.Standing;
import dev.ovenbird.operator.plan.kubernetes.Rollout;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who serves. An instance does if its agent says so, its node is ready, and its lane has as many
 * ready pods: the last report of a dead node's agent would say ready for ever.
 *
 * @param instances how many there should be
 * @param serving how many of them serve
 * @param draining nodes whose clients are sent away
 * @param retiring instances that are on their way out
 * @param notReady names, each with its cause
 */
record Readiness(int instances, int serving, int draining, int retiring, List<String> notReady) {

  static Readiness of(
      InstancePlan plan,
      List<Placement> placements,
      Map<String, VpnInstance> actual,
      Map<Integer, DaemonSet> lanes) {
    Map<String, Placement> nodes = new TreeMap<>();
    placements.forEach(placement -> nodes.put(placement.node().name(), placement));
    int wanted = 0;
    int retiring = 0;
    List<String> notReady = new ArrayList<>();
    Map<Integer, Integer> ready = new TreeMap<>();
    for (Map.Entry<String, VpnInstance> entry : plan.wanted().entrySet()) {
      VpnInstance instance = entry.getValue();
      int lane = instance.getSpec().lane();
      if (plan.endpoints().getOrDefault(entry.getKey(), List.of()).isEmpty()
          && instance.getSpec().mode() != Mode.Serve
          && isOut(instance, nodes)) {
        retiring++;
        continue;
      }
      wanted++;
      String cause = cause(nodes.get(instance.getSpec().nodeName()), actual.get(entry.getKey()));
      if (cause == null) {
        ready.merge(lane, 1, Integer::sum);
      } else if (instance.getSpec().mode() == Mode.Serve) {
        notReady.add(entry.getKey() + " (" + cause + ")");
      }
    }
    int serving = 0;
    for (Map.Entry<Integer, Integer> lane : ready.entrySet()) {
      DaemonSet daemonSet = lanes.get(lane.getKey());
      int pods = daemonSet == null ? 0 : Rollout.ready(daemonSet);
      serving += Math.min(lane.getValue(), pods);
      if (pods < lane.getValue() && notReady.isEmpty()) {
        notReady.add("lane " + lane.getKey() + " (its DaemonSet has fewer ready pods)");
      }
    }
    int draining =
        (int) placements.stream().filter(one -> one.standing() != Standing.SERVES).count();
    return new Readiness(wanted, serving, draining, retiring, List.copyOf(notReady));
  }

  /** Whether it is of a lane that goes, not of a node that is cordoned. */
  private static boolean isOut(VpnInstance instance, Map<String, Placement> nodes) {
    Placement placement = nodes.get(instance.getSpec().nodeName());
    return placement == null
        || placement.standing() == Standing.SERVES
        || instance.getSpec().mode() == Mode.Retire;
  }

  private static @Nullable String cause(
      @Nullable Placement placement, @Nullable VpnInstance instance) {
    if (placement != null && !placement.isReady()) {
      return "its node is not ready";
    } else if (instance == null
        || instance.getStatus() == null
        || instance.getStatus().conditions() == null) {
      return "no report yet";
    }
    for (Condition condition : instance.getStatus().conditions()) {
      if (condition.getType().equals("Ready")) {
        return condition.getStatus().equals("True") ? null : condition.getReason();
      }
    }
    return "no report yet";
  }
}

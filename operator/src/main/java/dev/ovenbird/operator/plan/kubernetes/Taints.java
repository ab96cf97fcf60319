package dev.ovenbird.operator.plan.kubernetes;

import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Which taints keep a DaemonSet's pods of the host network off a node. */
final class Taints {
  /** What the DaemonSet controller adds to every pod, and taints that come and go by themselves. */
  private static final List<Toleration> BUILT_IN =
      List.of(
          exists("node.kubernetes.io/not-ready"),
          exists("node.kubernetes.io/unreachable"),
          exists("node.kubernetes.io/disk-pressure"),
          exists("node.kubernetes.io/memory-pressure"),
          exists("node.kubernetes.io/pid-pressure"),
          exists("node.kubernetes.io/unschedulable"),
          exists("node.kubernetes.io/network-unavailable"));

  /** Set on nodes that are about to go: cluster-autoscaler, Karpenter, clouds, administrators. */
  private static final Set<String> REMOVAL =
      Set.of(
          "ToBeDeletedByClusterAutoscaler",
          "karpenter.sh/disrupted",
          "karpenter.sh/disruption",
          "node.kubernetes.io/out-of-service",
          "node.cloudprovider.kubernetes.io/shutdown",
          "cloud.google.com/impending-node-termination",
          "aws-node-termination-handler/spot-itn");

  private Taints() {}

  static boolean announcesRemoval(Taint taint) {
    return REMOVAL.contains(taint.getKey());
  }

  /** Whether no new pod comes to a node with this taint. */
  static boolean repels(Taint taint, List<Toleration> tolerations) {
    return (taint.getEffect().equals("NoSchedule") || taint.getEffect().equals("NoExecute"))
        && BUILT_IN.stream().noneMatch(one -> tolerates(one, taint))
        && tolerations.stream().noneMatch(one -> tolerates(one, taint));
  }

  private static boolean tolerates(Toleration toleration, Taint taint) {
    boolean effect =
        isEmpty(toleration.getEffect()) || toleration.getEffect().equals(taint.getEffect());
    boolean key =
        isEmpty(toleration.getKey())
            ? "Exists".equals(toleration.getOperator())
            : toleration.getKey().equals(taint.getKey());
    boolean value =
        "Exists".equals(toleration.getOperator())
            || Objects.requireNonNullElse(toleration.getValue(), "")
                .equals(Objects.requireNonNullElse(taint.getValue(), ""));
    return effect && key && value;
  }

  private static boolean isEmpty(String text) {
    return text == null || text.isEmpty();
  }

  private static Toleration exists(String key) {
    return new TolerationBuilder().withKey(key).withOperator("Exists").build();
  }
}

package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.kubernetes.Owner;
import dev.ovenbird.operator.reconcile.OperatorContext;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A cluster's pods, asked for when first needed: they have no watch, as hardly anybody asks. */
final class RunningAgents {
  private final OperatorContext context;
  private final Owner owner;
  private @Nullable List<Pod> pods;

  RunningAgents(OperatorContext context, Owner owner) {
    this.context = context;
    this.owner = owner;
  }

  /** Whether there is a pod of the instance's lane on its node. */
  boolean has(VpnInstance instance) {
    if (pods == null) {
      pods =
          context
              .client()
              .pods()
              .inNamespace(owner.agentsNamespace())
              .withLabel(Marks.CLUSTER_UID, owner.uid())
              .list()
              .getItems();
    }
    String lane = String.valueOf(instance.getSpec().lane());
    return pods.stream()
        .anyMatch(
            pod ->
                instance.getSpec().nodeName().equals(pod.getSpec().getNodeName())
                    && lane.equals(Marks.label(pod, Marks.LANE)));
  }
}

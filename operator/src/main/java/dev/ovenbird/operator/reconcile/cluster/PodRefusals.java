package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.operator.plan.kubernetes.Rollout;
import dev.ovenbird.operator.reconcile.OperatorContext;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Why a DaemonSet has no pods: Kubernetes says it in events only. */
final class PodRefusals {
  private static final Logger LOG = LoggerFactory.getLogger(PodRefusals.class);

  private final OperatorContext context;

  PodRefusals(OperatorContext context) {
    this.context = context;
  }

  /** One text for each lane that lacks pods and has an event about it, with what to do. */
  List<String> of(Collection<DaemonSet> lanes) {
    List<String> refusals = new ArrayList<>();
    for (DaemonSet lane : lanes) {
      if (Rollout.lacksPods(lane)) {
        lastFailure(lane).ifPresent(message -> refusals.add(refusal(lane, message)));
      }
    }
    return List.copyOf(refusals);
  }

  private Optional<String> lastFailure(DaemonSet lane) {
    try {
      return context
          .client()
          .v1()
          .events()
          .inNamespace(lane.getMetadata().getNamespace())
          .withField("involvedObject.uid", lane.getMetadata().getUid())
          .withField("reason", "FailedCreate")
          .list()
          .getItems()
          .stream()
          .max(Comparator.comparing(PodRefusals::time))
          .map(Event::getMessage);
    } catch (KubernetesClientException e) {
      LOG.warn(
          "cannot read the events of DaemonSet {}: {}",
          lane.getMetadata().getName(),
          e.getMessage());
      return Optional.empty();
    }
  }

  private static String time(Event event) {
    return Objects.requireNonNullElse(
        event.getLastTimestamp(), event.getMetadata().getCreationTimestamp());
  }

  /** Without the names of pods, which are others each time. */
  private String refusal(DaemonSet lane, String message) {
    int violates = message.indexOf("violates PodSecurity");
    String cause =
        violates >= 0
            ? message.substring(violates)
            : message.replaceFirst("^Error creating: pods \"[^\"]*\" is forbidden: ", "");
    return "the pods of DaemonSet "
        + lane.getMetadata().getNamespace()
        + "/"
        + lane.getMetadata().getName()
        + " are refused: "
        + cause
        + (violates >= 0
            ? "; label the namespace: kubectl label namespace "
                + context.settings().agentsNamespace()
                + " pod-security.kubernetes.io/enforce=privileged --overwrite"
            : "");
  }
}

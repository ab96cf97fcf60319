package dev.ovenbird.operator.plan.kubernetes;

import dev.ovenbird.crds.v1alpha1.Instances;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.plan.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.Taint;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A node that instances run on, as the DaemonSets place them.
 *
 * @param standing what its instances are to do
 * @param notReadySince when its kubelet went silent; null while it is ready
 */
public record Placement(Node node, Standing standing, @Nullable Instant notReadySince) {

  /** What becomes of a node's instances. */
  public enum Standing {
    SERVES,
    /** Cordoned, or marked for removal: agents run, but their clients should go elsewhere. */
    DRAINS,
    /** As {@link #DRAINS}, and no pod would come there anew. */
    DRAINS_IF_THERE
  }

  public boolean isReady() {
    return notReadySince == null;
  }

  /** All nodes that the cluster selects, by name. */
  public static List<Placement> of(
      Instances instances, Iterable<io.fabric8.kubernetes.api.model.Node> nodes) {
    List<Placement> placements = new ArrayList<>();
    for (io.fabric8.kubernetes.api.model.Node node : nodes) {
      Map<String, String> labels =
          Objects.requireNonNullElse(node.getMetadata().getLabels(), Map.of());
      if (labels.entrySet().containsAll(instances.nodeSelector().entrySet())) {
        placements.add(
            new Placement(addressed(node), standing(instances, node), notReadySince(node)));
      }
    }
    placements.sort(Comparator.comparing(placement -> placement.node().name()));
    return List.copyOf(placements);
  }

  /** Every node there is, by name, whatever the cluster selects. */
  public static Map<String, Placement> everywhere(
      Iterable<io.fabric8.kubernetes.api.model.Node> nodes) {
    Map<String, Placement> placements = new HashMap<>();
    of(new Instances(1, Map.of(), List.of(), null, null, Instances.Spare.Disabled), nodes)
        .forEach(placement -> placements.put(placement.node().name(), placement));
    return placements;
  }

  private static Standing standing(Instances instances, io.fabric8.kubernetes.api.model.Node node) {
    List<Taint> taints = Objects.requireNonNullElse(node.getSpec().getTaints(), List.of());
    if (taints.stream().anyMatch(taint -> Taints.repels(taint, instances.tolerations()))) {
      return Standing.DRAINS_IF_THERE;
    }
    return Boolean.TRUE.equals(node.getSpec().getUnschedulable())
            || taints.stream().anyMatch(Taints::announcesRemoval)
        ? Standing.DRAINS
        : Standing.SERVES;
  }

  /** A node with its addresses. */
  public static Node addressed(io.fabric8.kubernetes.api.model.Node node) {
    return new Node(
        node.getMetadata().getName(), addresses(node, "ExternalIP"), addresses(node, "InternalIP"));
  }

  private static List<IpAddress> addresses(io.fabric8.kubernetes.api.model.Node node, String type) {
    List<NodeAddress> all =
        node.getStatus() == null || node.getStatus().getAddresses() == null
            ? List.of()
            : node.getStatus().getAddresses();
    return all.stream()
        .filter(address -> address.getType().equals(type))
        .map(address -> IpAddress.parse(address.getAddress()))
        .filter(Objects::nonNull)
        .map(Objects::requireNonNull)
        .distinct()
        .sorted(Comparator.comparing(IpAddress::isIpv6))
        .toList();
  }

  private static @Nullable Instant notReadySince(io.fabric8.kubernetes.api.model.Node node) {
    List<NodeCondition> conditions =
        node.getStatus() == null || node.getStatus().getConditions() == null
            ? List.of()
            : node.getStatus().getConditions();
    for (NodeCondition condition : conditions) {
      if (condition.getType().equals("Ready")) {
        return condition.getStatus().equals("True")
            ? null
            : time(condition.getLastTransitionTime());
      }
    }
    return time(node.getMetadata().getCreationTimestamp());
  }

  private static Instant time(@Nullable String text) {
    try {
      return text == null ? Instant.EPOCH : Instant.parse(text);
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }
}

package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Placement and number of instances. */
public record Instances(
    @Default("1")
        @Min(1)
        @Max(64)
        @JsonPropertyDescription("Lanes: instances on each node, each a process of its own.")
        Integer perNode,
    @JsonPropertyDescription("Labels of the nodes that run instances; every node if left out.")
        Map<String, String> nodeSelector,
    @Size(max = 32) @JsonPropertyDescription("Taints that instances put up with.")
        List<Toleration> tolerations,
    @JsonPropertyDescription("What an instance requests; a CPU limit only adds delay.")
        @Nullable ResourceRequirements resources,
    @Min(1024)
        @Max(65472)
        @JsonPropertyDescription(
            "Lane i serves /metrics, /healthz and /readyz on TCP port + i of the node's own address "
                + "(status.hostIP), for Prometheus; nowhere if left out. It says nothing about a "
                + "person, and asks for no password: keep it from the internet.")
        @Nullable Integer metricsPort,
    @Default("Disabled")
        @JsonPropertyDescription(
            "Enabled: beside each instance a second process waits, with its classes loaded. One that"
                + " is killed is back in a fraction of the time, for some 90 MB more of memory.")
        Spare spare) {
  static final Instances DEFAULT =
      new Instances(1, Map.of(), List.of(), null, null, Spare.Disabled);

  /** Whether a process waits to be the instance. */
  public enum Spare {
    Disabled,
    Enabled
  }

  /** Whether each instance has a spare process. */
  public boolean hasSpare() {
    return spare == Spare.Enabled;
  }

  public Instances {
    perNode = perNode == null ? 1 : perNode;
    nodeSelector = nodeSelector == null ? Map.of() : Map.copyOf(nodeSelector);
    tolerations = tolerations == null ? List.of() : List.copyOf(tolerations);
    spare = spare == null ? Spare.Disabled : spare;
  }
}

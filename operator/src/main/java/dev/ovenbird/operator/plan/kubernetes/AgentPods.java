package dev.ovenbird.operator.plan.kubernetes;

import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.util.List;

/**
 * What whoever installed the operator says of all agents' pods; people who make clusters cannot.
 *
 * @param image of the agents
 * @param pullPolicy IfNotPresent, Always or Never
 * @param pullSecrets names of Secrets in the agents' namespace
 * @param resources for clusters that do not say
 * @param priorityClass may be empty
 */
public record AgentPods(
    String image,
    String pullPolicy,
    List<String> pullSecrets,
    ResourceRequirements resources,
    String priorityClass) {
  public AgentPods {
    pullSecrets = List.copyOf(pullSecrets);
    // Fabric8's objects can be changed; this one is everybody's.
    resources = new ResourceRequirementsBuilder(resources).build();
  }

  /** As the chart has it, but for resources: there are none. */
  public static AgentPods of(String image) {
    return new AgentPods(
        image, "IfNotPresent", List.of(), new ResourceRequirements(), "system-node-critical");
  }
}

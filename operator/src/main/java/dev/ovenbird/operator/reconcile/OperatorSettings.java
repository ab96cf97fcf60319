package dev.ovenbird.operator.reconcile;

import dev.ovenbird.operator.plan.kubernetes.AgentPods;
import java.time.Duration;

/**
 * Where the operator works.
 *
 * @param operatorNamespace holds certificate authorities and address claims
 * @param agentsNamespace holds agents, rosters and server keys; Pod Security: privileged
 * @param agentPods what all agents' pods have
 * @param endpointSettle how long changed endpoints stay as they are before profiles change
 * @param retireLimit how long a node may be silent until nobody waits for what it has to clean up
 * @param addressHold how long a deleted client's address waits for a client of the same name
 */
public record OperatorSettings(
    String operatorNamespace,
    String agentsNamespace,
    AgentPods agentPods,
    Duration endpointSettle,
    Duration retireLimit,
    Duration addressHold) {
  /** With the times that suit a person's cluster. */
  public OperatorSettings(String operatorNamespace, String agentsNamespace, String agentImage) {
    this(
        operatorNamespace,
        agentsNamespace,
        AgentPods.of(agentImage),
        Duration.ofSeconds(5),
        Duration.ofMinutes(5));
  }

  /** Released addresses wait for an hour. */
  public OperatorSettings(
      String operatorNamespace,
      String agentsNamespace,
      AgentPods agentPods,
      Duration endpointSettle,
      Duration retireLimit) {
    this(
        operatorNamespace,
        agentsNamespace,
        agentPods,
        endpointSettle,
        retireLimit,
        Duration.ofHours(1));
  }

  /** Signer of instances' certificates in the Kubernetes CSR API. */
  public static final String SIGNER = "ovenbird.dev/instance";
}

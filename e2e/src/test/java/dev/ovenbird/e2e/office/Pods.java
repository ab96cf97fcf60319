package dev.ovenbird.e2e.office;

import dev.ovenbird.e2e.kubernetes.OperatorInstallation;
import dev.ovenbird.e2e.kubernetes.node.Host;
import dev.ovenbird.e2e.kubernetes.node.KubernetesCluster;
import java.util.ArrayList;
import java.util.List;

/** Agents and operators, as kubectl reaches them. */
record Pods(KubernetesCluster cluster) {
  private static final String AGENTS = OperatorInstallation.AGENTS_NAMESPACE;
  private static final String SYSTEM = OperatorInstallation.OPERATOR_NAMESPACE;
  private static final String OPERATOR = "deployment/ovenbird-operator";

  /** Deletes a node's agents' pods. */
  void deleteAgents(Host node) {
    cluster.kubectl(
        "--namespace=" + AGENTS, "delete", "pods", "--field-selector=spec.nodeName=" + node.name());
  }

  /** The agents' pods of a node, as kubectl names them. */
  List<String> agents(Host node) {
    return cluster
        .kubectl(
            "--namespace=" + AGENTS,
            "get",
            "pods",
            "--field-selector=spec.nodeName=" + node.name(),
            "--output=name")
        .lines()
        .toList();
  }

  /** Milliseconds from the newest rosters' arrival to their use, as the node's agents say. */
  List<Integer> rosterMillis(Host node, int newest) {
    List<Integer> millis = new ArrayList<>();
    for (String pod : agents(node)) {
      List<String> applied =
          cluster
              .kubectl("--namespace=" + AGENTS, "logs", pod)
              .lines()
              .filter(line -> line.contains("Roster applied"))
              .toList();
      applied.subList(Math.max(0, applied.size() - newest), applied.size()).stream()
          .map(line -> Integer.valueOf(line.replaceAll(".* ms=(\\d+).*", "$1")))
          .forEach(millis::add);
    }
    return millis;
  }

  /** Kills all operators and starts none. */
  void killOperators() {
    String namespace = "--namespace=" + SYSTEM;
    cluster.kubectl(namespace, "scale", OPERATOR, "--replicas=0");
    cluster.kubectl(namespace, "delete", "pods", "--all", "--grace-period=0", "--force");
  }

  void startOperators() {
    cluster.kubectl("--namespace=" + SYSTEM, "scale", OPERATOR, "--replicas=2");
    cluster.awaitRollout(OPERATOR, SYSTEM);
  }
}

package dev.ovenbird.e2e.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.kubernetes.OperatorInstallation;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The operator with the rights of its own YAML. */
class ClusterRightsTest {
  private static final String[] NAMESPACES = {
    OperatorInstallation.OPERATOR_NAMESPACE, OperatorInstallation.AGENTS_NAMESPACE
  };

  @Test
  void its_own_rights_suffice_and_a_missing_one_is_named() {
    ControlPlane plane = ControlPlane.shared();
    OperatorInstallation installation = OperatorInstallation.install(plane);
    try (Scope scope = new Scope();
        KubernetesClient restricted = plane.client(installation.kubeconfig());
        ClusterStage stage = ClusterStage.in(NAMESPACES[0], NAMESPACES[1], restricted)) {
      String namespace = stage.namespace(scope);
      FakeNodes nodes = FakeNodes.start(scope, plane);
      nodes.add(2);
      VpnCluster cluster = stage.create(namespace, "office", nodes, 1, "");
      stage.awaitReady(cluster);

      installation.revoke("patch", "daemonsets");
      stage.change(cluster, Map.of("instances", Map.of("perNode", 2)));
      VpnCluster said = stage.awaitCondition(cluster, "Applied", "False", "Forbidden");
      assertThat(ClusterStage.message(said, "Applied"))
          .isEqualTo(
              "the operator may not patch daemonsets.apps in namespace "
                  + NAMESPACES[1]
                  + "; give its role the verb patch for daemonsets.apps, as the release's"
                  + " manifests do");
      stage.awaitCondition(cluster, "Ready", "False", "Forbidden");

      OperatorInstallation.install(plane);
      stage.awaitReady(cluster);
      assertThat(stage.daemonSets(cluster)).hasSize(2);
      stage.delete(cluster);
    }
  }
}

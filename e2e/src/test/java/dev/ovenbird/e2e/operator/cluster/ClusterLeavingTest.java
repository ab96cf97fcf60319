package dev.ovenbird.e2e.operator.cluster;

import static dev.ovenbird.e2e.operator.cluster.ClusterStage.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nodes that a cluster leaves, and nodes that died. */
class ClusterLeavingTest {
  private static ClusterStage stage;

  private Scope scope = new Scope();
  private FakeNodes nodes;
  private String namespace = "";

  @BeforeAll
  static void start() {
    stage = ClusterStage.start(ControlPlane.shared().client());
  }

  @AfterAll
  static void stop() {
    stage.close();
  }

  @BeforeEach
  void makeNodes() {
    scope = new Scope();
    namespace = stage.namespace(scope);
    nodes = FakeNodes.start(scope, stage.plane);
  }

  @AfterEach
  void end() {
    scope.close();
  }

  @Test
  void a_node_that_is_no_longer_selected_is_cleaned_up_by_its_agent_before_that_goes() {
    List<String> two = nodes.add(2);
    String stays = two.getFirst();
    String left = two.getLast();
    label(stays, "zone", "a");
    VpnCluster cluster = stage.create(namespace, "office", nodes, 1, "");
    stage.awaitReady(cluster);
    stage.fakeAgents.silence(left);

    stage.change(cluster, Map.of("instances", Map.of("nodeSelector", Map.of("zone", "a"))));
    awaitModes(cluster, Map.of(stays + "/0", Mode.Serve, left + "/0", Mode.Drain));
    assertThat(selector(cluster)).as("its agent has to stay").doesNotContainKey("zone");
    report(cluster, left, Mode.Drain);
    awaitModes(cluster, Map.of(stays + "/0", Mode.Serve, left + "/0", Mode.Retire));
    assertThat(selector(cluster)).doesNotContainKey("zone");
    report(cluster, left, Mode.Retire);
    awaitModes(cluster, Map.of(stays + "/0", Mode.Serve));
    Await.until("the agent goes", SOON, () -> selector(cluster), it -> it.containsKey("zone"));
    stage.awaitReady(cluster);
    stage.delete(cluster);
  }

  @Test
  void a_dead_node_holds_no_lanes_up() {
    List<String> three = nodes.add(3);
    VpnCluster cluster = stage.create(namespace, "office", nodes, 2, "");
    stage.awaitReady(cluster);
    String dead = three.getFirst();
    nodes.kubelet().readyIf(pod -> !pod.getSpec().getNodeName().equals(dead));
    Await.until(
        "its pods unready",
        SOON,
        () -> stage.daemonSet(cluster, 1).getStatus().getNumberReady(),
        ready -> ready == 2);
    nodes.kubelet().stop(dead);
    stage.fakeAgents.silence(dead);
    nodes.setReady(dead, false);
    stage.awaitCondition(cluster, "Ready", "False", "InstancesNotReady");

    stage.change(
        cluster,
        Map.of(
            "instances",
            Map.of("tolerations", List.of(Map.of("key", "new", "operator", "Exists")))));
    for (int lane = 0; lane < 2; lane++) {
      int each = lane;
      Await.until(
          "lane " + lane + " is rolled on the living",
          SOON,
          () ->
              nodes.kubelet().pods().stream()
                  .filter(pod -> ("" + each).equals(pod.getMetadata().getLabels().get(LANE)))
                  .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                  .filter(
                      pod ->
                          pod.getSpec().getTolerations().stream()
                              .anyMatch(one -> "new".equals(one.getKey())))
                  .map(pod -> pod.getSpec().getNodeName())
                  .distinct()
                  .count(),
          count -> count == 2);
    }
    nodes.remove(dead);
    stage.awaitReady(cluster);
    stage.delete(cluster);
  }

  private static final String LANE = dev.ovenbird.operator.plan.Marks.LANE;

  private Map<String, String> selector(VpnCluster cluster) {
    return stage.daemonSet(cluster, 0).getSpec().getTemplate().getSpec().getNodeSelector();
  }

  private void awaitModes(VpnCluster cluster, Map<String, Mode> modes) {
    Await.until("modes " + modes, SOON, () -> stage.modes(cluster), modes::equals);
  }

  private void label(String node, String label, String value) {
    stage
        .client
        .nodes()
        .withName(node)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"labels\":{\"" + label + "\":\"" + value + "\"}}}");
  }

  private void report(VpnCluster cluster, String node, Mode mode) {
    for (VpnInstance instance : stage.instances(cluster)) {
      if (instance.getSpec().nodeName().equals(node)) {
        stage
            .client
            .resource(instance)
            .subresource("status")
            .patch(
                PatchContext.of(PatchType.JSON_MERGE), "{\"status\":{\"mode\":\"" + mode + "\"}}");
      }
    }
  }
}

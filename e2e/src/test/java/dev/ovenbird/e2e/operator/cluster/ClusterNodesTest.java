package dev.ovenbird.e2e.operator.cluster;

import static dev.ovenbird.e2e.operator.cluster.ClusterStage.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.operator.issue.CertificateAuthority;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clusters whose nodes, lanes and neighbours come and go. */
class ClusterNodesTest {
  private static ClusterStage stage;

  private final List<VpnCluster> made = new ArrayList<>();
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
    stage.delete(made.toArray(VpnCluster[]::new));
    scope.close();
  }

  private VpnCluster create(String name, int perNode, String spec) {
    VpnCluster cluster = stage.create(namespace, name, nodes, perNode, spec);
    made.add(cluster);
    return cluster;
  }

  @Test
  void a_cordoned_nodes_instances_drain_and_a_gone_nodes_go() {
    List<String> two = nodes.add(2);
    VpnCluster cluster = create("office", 1, "");
    stage.awaitReady(cluster);
    String node = two.getFirst();
    cordon(node, true);
    awaitModes(cluster, Map.of(node + "/0", Mode.Drain, two.get(1) + "/0", Mode.Serve));
    assertThat(published("office")).as("profiles stay as they are").hasSize(2);
    cordon(node, false);
    awaitModes(cluster, Map.of(node + "/0", Mode.Serve, two.get(1) + "/0", Mode.Serve));

    nodes.remove(node);
    awaitModes(cluster, Map.of(two.get(1) + "/0", Mode.Serve));
    Await.until(
        "one instance in status",
        SOON,
        () -> stage.awaitReady(cluster).getStatus().instances(),
        instances -> Integer.valueOf(1).equals(instances));
    Await.until("gone from profiles", SOON, () -> published("office"), all -> all.size() == 1);
  }

  @Test
  void a_removed_lane_is_drained_and_retired_before_its_pods_go() {
    String node = nodes.add();
    VpnCluster cluster = create("office", 2, "");
    stage.awaitReady(cluster);
    stage.fakeAgents.silence(node);
    stage.change(cluster, Map.of("instances", Map.of("perNode", 1)));
    awaitModes(cluster, Map.of(node + "/0", Mode.Serve, node + "/1", Mode.Drain));
    assertThat(stage.daemonSets(cluster)).hasSize(2);
    report(cluster, 1, Mode.Drain);
    awaitModes(cluster, Map.of(node + "/0", Mode.Serve, node + "/1", Mode.Retire));
    assertThat(stage.daemonSets(cluster)).hasSize(2);
    report(cluster, 1, Mode.Retire);
    awaitModes(cluster, Map.of(node + "/0", Mode.Serve));
    Await.until("lane gone", SOON, () -> stage.daemonSets(cluster), all -> all.size() == 1);
    report(cluster, 0, Mode.Retire); // For the end: its agent is silent.
  }

  @Test
  void lanes_are_rolled_one_after_the_other() {
    nodes.add(2);
    VpnCluster cluster = create("office", 2, "");
    stage.awaitReady(cluster);
    String image = "registry.invalid/agent:1";
    nodes.kubelet().readyIf(pod -> !isNew(pod));
    stage.change(
        cluster,
        Map.of(
            "instances",
            Map.of("tolerations", List.of(Map.of("key", "new", "operator", "Exists")))));
    Await.until("lane 0 has the new template", SOON, () -> hasNew(cluster, 0), it -> it);
    Await.until(
        "lane 0 is rolling",
        SOON,
        () -> nodes.kubelet().pods(),
        pods -> pods.stream().anyMatch(ClusterNodesTest::isNew));
    assertThat(hasNew(cluster, 1)).as("lane 1 waits").isFalse();
    nodes.kubelet().readyIf(pod -> true);
    Await.until("lane 1 follows", SOON, () -> hasNew(cluster, 1), it -> it);
    assertThat(stage.daemonSet(cluster, 0).getSpec().getTemplate().getSpec().getContainers())
        .extracting(container -> container.getImage())
        .containsExactly(image);
    stage.awaitReady(cluster);
  }

  @Test
  void three_nodes_that_arrive_are_one_change_of_profiles() {
    nodes.add();
    VpnCluster cluster = create("office", 1, "");
    stage.awaitReady(cluster);
    List<Integer> sizes = new CopyOnWriteArrayList<>();
    stage
        .context
        .clusters()
        .onChange(
            snapshot -> {
              if (snapshot.namespace().equals(namespace) && snapshot.pending() == null) {
                sizes.add(snapshot.endpoints().size());
              }
            });
    // However long the third takes to come after the second: no time has passed between them.
    stage.clock.stop();
    try {
      nodes.add(3);
      Await.until("four endpoints wait", SOON, this::waiting, count -> count == 4);
    } finally {
      stage.clock.goOn();
    }
    // Listeners are told after the snapshot can be found: wait for what they hear.
    Await.until("told of four endpoints", SOON, () -> sizes, all -> all.contains(4));
    assertThat(sizes).containsExactly(4);
  }

  @Test
  void the_younger_of_two_clusters_with_one_port_takes_nothing_until_the_older_goes() {
    nodes.add();
    VpnCluster older = create("a-older", 1, "");
    stage.awaitReady(older);
    VpnCluster younger = create("b-younger", 1, "networkCIDRs: [10.99.0.0/16]");
    VpnCluster said = stage.awaitCondition(younger, "Accepted", "False", "PortConflict");
    assertThat(ClusterStage.message(said, "Accepted"))
        .contains("UDP port 1194", "VpnCluster " + namespace + "/a-older", "give this cluster");
    assertThat(stage.daemonSets(younger)).isEmpty();
    assertThat(stage.instances(younger)).isEmpty();
    assertThat(stage.context.clusters().find(namespace, "b-younger")).isNull();

    stage.delete(older);
    stage.awaitReady(younger);
  }

  @Test
  void the_younger_of_two_clusters_with_one_network_heals_when_it_selects_other_nodes() {
    nodes.add();
    VpnCluster older = create("a-older", 1, "");
    stage.awaitReady(older);
    VpnCluster younger =
        create("b-younger", 1, "listeners: [{name: udp, protocol: UDP, port: 2194}]");
    VpnCluster said = stage.awaitCondition(younger, "Accepted", "False", "NetworkConflict");
    assertThat(ClusterStage.message(said, "Accepted")).contains("10.88.0.0/16 overlaps");
    FakeNodes others = FakeNodes.start(scope, stage.plane);
    others.add();
    Map<String, Object> selector = new java.util.HashMap<>(others.labels());
    nodes.labels().keySet().stream()
        .filter(label -> !selector.containsKey(label))
        .forEach(label -> selector.put(label, null));
    stage.change(younger, Map.of("instances", Map.of("nodeSelector", selector)));
    stage.awaitReady(younger);
    stage.awaitReady(older);
  }

  @Test
  void a_cluster_waits_for_its_authority() throws Exception {
    nodes.add();
    VpnCluster cluster =
        create("office", 1, "pki: {ca: {type: Secret, secretRef: {name: own-ca}}}");
    VpnCluster waiting =
        Await.until(
            "not ready",
            SOON,
            () -> stage.client.resource(cluster).get(),
            now -> ClusterStage.message(now, "Ready").contains("own-ca"));
    assertThat(ClusterStage.condition(waiting, "Accepted"))
        .extracting(condition -> Objects.requireNonNull(condition).getStatus())
        .isEqualTo("True");
    assertThat(stage.daemonSets(cluster)).isEmpty();
    CertificateAuthority authority = authority(cluster);
    stage.plane.apply(
        Serialization.asYaml(
            new io.fabric8.kubernetes.api.model.SecretBuilder()
                .withNewMetadata()
                .withName("own-ca")
                .withNamespace(namespace)
                .endMetadata()
                .addToStringData(
                    "tls.crt", dev.ovenbird.operator.issue.Pem.of(authority.certificate()))
                .addToStringData(
                    "tls.key", dev.ovenbird.operator.issue.Pem.of(authority.privateKey()))
                .build()));
    stage.awaitReady(cluster);
  }

  @Test
  void a_deleted_cluster_waits_for_its_agents_and_leaves_nothing_but_clients() {
    List<String> two = nodes.add(2);
    VpnCluster cluster = create("office", 1, "");
    stage.awaitReady(cluster);
    VpnClient alice = client("alice");
    stage.fakeAgents.silence(two.getFirst());
    stage.client.resource(cluster).delete();
    VpnCluster waiting = stage.awaitCondition(cluster, "Ready", "False", "Retiring");
    assertThat(ClusterStage.message(waiting, "Ready"))
        .contains(two.getFirst())
        .contains("removed what they made there");
    awaitModes(cluster, Map.of(two.get(0) + "/0", Mode.Retire, two.get(1) + "/0", Mode.Retire));
    assertThat(stage.daemonSets(cluster)).hasSize(1);
    assertThat(stage.context.clusters().find(namespace, "office")).isNull();

    nodes.remove(two.getFirst());
    awaitGone(cluster);
    assertThat(stage.client.resource(alice).get()).isNotNull();
    stage.client.resource(alice).delete();
  }

  @Test
  void a_silent_node_does_not_hold_a_deleted_cluster_for_ever() {
    String node = nodes.add();
    VpnCluster cluster = create("office", 1, "");
    stage.awaitReady(cluster);
    stage.fakeAgents.silence(node);
    nodes.setReady(node, false);
    stage.awaitCondition(cluster, "Ready", "False", "InstancesNotReady");
    stage.client.resource(cluster).delete();
    awaitGone(cluster);
  }

  private VpnClient client(String name) {
    return stage
        .client
        .resource(
            Serialization.unmarshal(
                """
                apiVersion: ovenbird.dev/v1alpha1
                kind: VpnClient
                metadata: {name: %s, namespace: %s}
                spec: {clusterRef: {name: office}}
                """
                    .formatted(name, namespace),
                VpnClient.class))
        .create();
  }

  private static CertificateAuthority authority(VpnCluster cluster) throws Exception {
    return CertificateAuthority.generate(
        cluster.getMetadata().getUid(),
        cluster.getSpec().pki().privateKey(),
        new java.security.SecureRandom(),
        java.time.Instant.now());
  }

  private void awaitGone(VpnCluster cluster) {
    Await.until(
        "cluster gone",
        SOON,
        () -> stage.client.resource(cluster).get() == null,
        Boolean::booleanValue);
    Map<String, String> mark = ClusterStage.mark(cluster);
    assertThat(stage.daemonSets(cluster)).isEmpty();
    assertThat(stage.instances(cluster)).isEmpty();
    assertThat(stage.client.configMaps().inAnyNamespace().withLabels(mark).list().getItems())
        .isEmpty();
    assertThat(
            stage.client.secrets().inAnyNamespace().withLabels(mark).list().getItems().stream()
                .filter(
                    secret ->
                        !"profile"
                            .equals(
                                secret
                                    .getMetadata()
                                    .getLabels()
                                    .get("app.kubernetes.io/component"))))
        .isEmpty();
    assertThat(stage.client.serviceAccounts().inAnyNamespace().withLabels(mark).list().getItems())
        .isEmpty();
    assertThat(stage.client.rbac().roles().inAnyNamespace().withLabels(mark).list().getItems())
        .isEmpty();
  }

  private void report(VpnCluster cluster, int lane, Mode mode) {
    stage.instances(cluster).stream()
        .filter(instance -> instance.getSpec().lane() == lane)
        .forEach(
            instance ->
                stage
                    .client
                    .resource(instance)
                    .subresource("status")
                    .patch(
                        io.fabric8.kubernetes.client.dsl.base.PatchContext.of(
                            io.fabric8.kubernetes.client.dsl.base.PatchType.JSON_MERGE),
                        "{\"status\":{\"mode\":\"" + mode + "\"}}"));
  }

  private boolean hasNew(VpnCluster cluster, int lane) {
    return stage
        .daemonSet(cluster, lane)
        .getSpec()
        .getTemplate()
        .getSpec()
        .getTolerations()
        .stream()
        .anyMatch(one -> "new".equals(one.getKey()));
  }

  private static boolean isNew(Pod pod) {
    return pod.getSpec().getTolerations().stream().anyMatch(one -> "new".equals(one.getKey()));
  }

  private Map<String, ?> published(String name) {
    ClusterSnapshot snapshot = stage.context.clusters().find(namespace, name);
    return snapshot == null ? Map.of() : snapshot.endpoints();
  }

  /** How many endpoints will be published if no further change comes; 0 if none wait. */
  private int waiting() {
    ClusterSnapshot snapshot = stage.context.clusters().find(namespace, "office");
    return snapshot == null || snapshot.pending() == null ? 0 : snapshot.pending().size();
  }

  private void awaitModes(VpnCluster cluster, Map<String, Mode> modes) {
    Await.until("modes " + modes, SOON, () -> stage.modes(cluster), modes::equals);
  }

  private void cordon(String node, boolean cordoned) {
    stage
        .client
        .nodes()
        .withName(node)
        .edit(
            it -> {
              it.getSpec().setUnschedulable(cordoned ? true : null);
              return it;
            });
  }
}

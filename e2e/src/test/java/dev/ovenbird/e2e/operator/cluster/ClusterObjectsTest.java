package dev.ovenbird.e2e.operator.cluster;

import static dev.ovenbird.e2e.operator.cluster.ClusterStage.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.plan.kubernetes.Rollout;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a cluster is made of, and that it stays so. */
class ClusterObjectsTest {
  private static final FaultyWrites WRITES = new FaultyWrites();
  private static KubernetesClient operatorsClient;
  private static ClusterStage stage;

  private final List<VpnCluster> made = new ArrayList<>();
  private Scope scope = new Scope();
  private FakeNodes nodes;
  private String namespace = "";

  @BeforeAll
  static void start() {
    operatorsClient = FaultyWrites.counted(WRITES);
    stage = ClusterStage.start(operatorsClient);
  }

  @AfterAll
  static void stop() {
    stage.close();
    operatorsClient.close();
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

  private VpnCluster create(int perNode, String spec) {
    VpnCluster cluster = stage.create(namespace, "office", nodes, perNode, spec);
    made.add(cluster);
    return cluster;
  }

  @Test
  void a_cluster_gets_all_that_its_agents_need() {
    List<String> two = nodes.add(2);
    VpnCluster cluster = create(2, "");
    VpnCluster ready = stage.awaitReady(cluster);

    assertThat(ready.getStatus().instances()).isEqualTo(4);
    assertThat(ready.getStatus().readyInstances()).isEqualTo(4);
    ObjectNames names = ClusterStage.names(cluster);
    assertThat(stage.daemonSets(cluster))
        .extracting(ClusterObjectsTest::name)
        .containsExactlyInAnyOrder(names.daemonSet(0), names.daemonSet(1));
    Secret keys =
        stage.client.secrets().inNamespace(stage.agents).withName(names.serverKeys()).get();
    assertThat(keys.getData()).containsOnlyKeys("tls-crypt-v2.keys", "client-cas.pem", "cross.pem");
    assertThat(config(cluster, 1).getData().get("instance.json"))
        .contains("\"lane\" : 1", "\"node\" : \"$(NODE_NAME)\"", "/run/ovenbird/state/tls.pem");
    assertThat(stage.client.rbac().roles().inNamespace(stage.agents).withName(names.agents()).get())
        .isNotNull();
    assertThat(
            stage.client.serviceAccounts().inNamespace(stage.agents).withName(names.agents()).get())
        .isNotNull();
    assertThat(stage.instances(cluster))
        .hasSize(4)
        .allSatisfy(
            instance -> {
              assertThat(instance.getStatus().endpoints()).hasSize(1);
              assertThat(instance.getSpec().mode()).isEqualTo(Mode.Serve);
            });
    ClusterSnapshot snapshot = stage.context.clusters().find(namespace, "office");
    assertThat(Objects.requireNonNull(snapshot).endpoints())
        .containsOnlyKeys(
            two.get(0) + "/0", two.get(0) + "/1", two.get(1) + "/0", two.get(1) + "/1");
    assertThat(events("Accepted")).hasSize(1);
  }

  @Test
  void at_rest_nothing_is_written() {
    nodes.add(2);
    VpnCluster cluster = create(2, "");
    stage.awaitReady(cluster);
    WRITES.awaitQuiet(SOON);
    VpnCluster before = stage.client.resource(cluster).get();
    WRITES.reset();

    // A change that calls for a look at the cluster, and changes nothing of it.
    stage
        .client
        .nodes()
        .withLabels(nodes.labels())
        .list()
        .getItems()
        .forEach(
            node ->
                stage
                    .client
                    .nodes()
                    .withName(name(node))
                    .edit(
                        it -> {
                          it.getMetadata().getLabels().put("somebodys", "label");
                          return it;
                        }));
    WRITES.awaitQuiet(SOON);
    assertThat(WRITES.seen()).isEmpty();
    assertThat(stage.client.resource(cluster).get().getStatus().conditions())
        .isEqualTo(before.getStatus().conditions());
  }

  @Test
  void what_is_changed_by_hand_comes_back_and_foreign_fields_stay() {
    nodes.add();
    VpnCluster cluster = create(1, "");
    stage.awaitReady(cluster);
    ObjectNames names = ClusterStage.names(cluster);
    stage
        .client
        .apps()
        .daemonSets()
        .inNamespace(stage.agents)
        .withName(names.daemonSet(0))
        .edit(
            set -> {
              set.getMetadata().getLabels().put("team", "blue");
              set.getSpec().getTemplate().getSpec().setHostNetwork(false);
              return set;
            });
    DaemonSet repaired =
        Await.until(
            "hostNetwork back",
            SOON,
            () -> stage.daemonSet(cluster, 0),
            set -> Boolean.TRUE.equals(set.getSpec().getTemplate().getSpec().getHostNetwork()));
    assertThat(repaired.getMetadata().getLabels()).containsEntry("team", "blue");

    // Kubernetes' own controller keeps by name which pods it waits for: what it has just made for a
    // deleted one can keep the next of that name waiting for five minutes.
    Await.until(
        "its pods rolled",
        SOON,
        () -> stage.daemonSet(cluster, 0),
        set -> Rollout.isSettled(set, 0));
    String uid = repaired.getMetadata().getUid();
    stage.client.resource(repaired).delete();
    Await.until(
        "DaemonSet made anew",
        SOON,
        () -> stage.daemonSet(cluster, 0),
        set -> set != null && !uid.equals(set.getMetadata().getUid()));

    Secret keys =
        stage.client.secrets().inNamespace(stage.agents).withName(names.serverKeys()).get();
    String wanted = Objects.requireNonNull(keys.getData().get("tls-crypt-v2.keys"));
    stage
        .client
        .secrets()
        .inNamespace(stage.agents)
        .withName(names.serverKeys())
        .edit(
            secret -> {
              secret.getData().put("tls-crypt-v2.keys", "AAAA");
              return secret;
            });
    Await.until(
        "keys back",
        SOON,
        () -> stage.client.secrets().inNamespace(stage.agents).withName(names.serverKeys()).get(),
        secret -> wanted.equals(secret.getData().get("tls-crypt-v2.keys")));

    stage.client.resource(config(cluster, 0)).delete();
    Await.until("config back", SOON, () -> config(cluster, 0), Objects::nonNull);
    stage.client.resource(stage.instances(cluster).getFirst()).delete();
    Await.until("instance back", SOON, () -> stage.instances(cluster), all -> all.size() == 1);
    stage.awaitReady(cluster);
  }

  @Test
  void somebodys_own_object_in_the_way_stays_and_is_named() {
    nodes.add();
    VpnCluster cluster = create(1, "");
    stage.awaitReady(cluster);
    String name = ClusterStage.names(cluster).config(1);
    ConfigMap own =
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(stage.agents)
            .endMetadata()
            .withData(Map.of("mine", "yes"))
            .build();
    stage.client.resource(own).create();
    stage.change(cluster, Map.of("instances", Map.of("perNode", 2)));
    VpnCluster said = stage.awaitCondition(cluster, "Applied", "False", "ForeignObject");
    assertThat(ClusterStage.message(said, "Applied"))
        .isEqualTo(
            "ConfigMap "
                + stage.agents
                + "/"
                + name
                + " exists and was not made by the operator; rename or delete it");
    assertThat(stage.client.resource(own).get().getData()).containsOnlyKeys("mine");

    stage.client.resource(own).delete();
    stage.awaitReady(cluster);
    assertThat(stage.daemonSets(cluster)).hasSize(2);
  }

  @Test
  void refused_pods_are_named_with_the_remedy() {
    stage.client.namespaces().withName(stage.agents).edit(it -> enforce(it, "baseline"));
    try {
      nodes.add();
      VpnCluster cluster = create(1, "");
      VpnCluster said = stage.awaitCondition(cluster, "Ready", "False", "PodsRefused");
      assertThat(ClusterStage.message(said, "Ready"))
          .contains(
              "violates PodSecurity \"baseline:latest\"",
              "kubectl label namespace "
                  + stage.agents
                  + " pod-security.kubernetes.io/enforce=privileged --overwrite");
    } finally {
      stage.client.namespaces().withName(stage.agents).edit(it -> enforce(it, "privileged"));
    }
  }

  @Test
  void names_of_slots_lead_to_nodes() {
    List<String> two = nodes.add(2);
    VpnCluster cluster =
        create(1, "endpoints: {type: DNS, dns: {domain: vpn.example.com, slots: 3}}");
    VpnCluster ready = stage.awaitReady(cluster);
    assertThat(ready.getStatus().dnsRecords())
        .extracting(record -> record.name() + " " + record.type())
        .containsExactly("s0.vpn.example.com A", "s1.vpn.example.com A", "s2.vpn.example.com A");
    assertThat(
            Objects.requireNonNull(stage.context.clusters().find(namespace, "office")).endpoints())
        .containsOnlyKeys("s0/0", "s1/0", "s2/0");
    assertThat(stage.instances(cluster))
        .allSatisfy(one -> assertThat(one.getStatus().endpoints()).isNotEmpty());

    nodes.remove(two.getFirst());
    VpnCluster left =
        Await.until(
            "one address",
            SOON,
            () -> stage.client.resource(cluster).get(),
            now ->
                now.getStatus().dnsRecords().stream()
                        .flatMap(record -> record.addresses().stream())
                        .distinct()
                        .count()
                    == 1);
    assertThat(left.getStatus().dnsRecords()).hasSize(3);

    stage.change(cluster, Map.of("endpoints", Map.of("dns", Map.of("records", "DNSEndpoint"))));
    VpnCluster missing =
        stage.awaitCondition(cluster, "NamesPublished", "False", "DNSEndpointMissing");
    assertThat(ClusterStage.message(missing, "NamesPublished")).contains("install external-dns");
  }

  private List<String> events(String reason) {
    return stage.client.v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(event -> event.getReason().equals(reason))
        .map(io.fabric8.kubernetes.api.model.Event::getMessage)
        .toList();
  }

  private ConfigMap config(VpnCluster cluster, int lane) {
    return stage
        .client
        .configMaps()
        .inNamespace(stage.agents)
        .withName(ClusterStage.names(cluster).config(lane))
        .get();
  }

  private static io.fabric8.kubernetes.api.model.Namespace enforce(
      io.fabric8.kubernetes.api.model.Namespace namespace, String level) {
    namespace.getMetadata().getLabels().put("pod-security.kubernetes.io/enforce", level);
    return namespace;
  }

  private static String name(HasMetadata object) {
    return object.getMetadata().getName();
  }

  static boolean isMarked(HasMetadata object) {
    return Marks.OPERATOR.equals(object.getMetadata().getLabels().get(Marks.MANAGED_BY));
  }
}

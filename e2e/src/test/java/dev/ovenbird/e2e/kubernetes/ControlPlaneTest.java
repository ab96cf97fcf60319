package dev.ovenbird.e2e.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The Kubernetes harness itself. */
class ControlPlaneTest {
  /** A killed controller manager takes its time to come back where others want the processors. */
  private static final Duration SOON = Duration.ofSeconds(90);

  @Test
  void kubectl_and_client_see_the_same_api_server() {
    ControlPlane plane = ControlPlane.shared();
    Command.Result version = plane.kubectl("version");
    assertThat(version.output())
        .contains("Server Version: v" + plane.client().getKubernetesVersion().getMajor());
    assertThat(version.status()).isZero();
    assertThat(plane.kubectl("get", "nothing").status()).isNotZero();
  }

  @Test
  void each_test_has_its_own_namespaces() {
    ControlPlane plane = ControlPlane.shared();
    String first;
    try (Scope scope = new Scope()) {
      first = plane.namespace(scope, "same");
      String second = plane.namespace(scope, "same");
      assertThat(first).isNotEqualTo(second);
      assertThat(plane.apply(configMap("settings"), "-n", first).status()).isZero();
      assertThat(configMaps(plane.client(), second)).doesNotContain("settings");
      assertThat(configMaps(plane.client(), first)).contains("settings");
    }
    Await.until(
        first + " gone",
        SOON,
        () -> plane.client().namespaces().withName(first).get() == null,
        Boolean::booleanValue);
  }

  @Test
  void a_service_account_has_the_rights_that_it_was_given() {
    ControlPlane plane = ControlPlane.shared();
    try (Scope scope = new Scope()) {
      String namespace = plane.namespace(scope, "rights");
      plane.kubectl(
          "create", "role", "reader", "--verb=list", "--resource=configmaps", "-n", namespace);
      plane.kubectl(
          "create",
          "rolebinding",
          "reader",
          "--role=reader",
          "--serviceaccount=" + namespace + ":default",
          "-n",
          namespace);
      String user = "system:serviceaccount:" + namespace + ":default";
      new Right(user, "list", "", "configmaps", namespace).awaitGiven(plane.client());
      Await.until(
          "the API server's CA",
          SOON,
          () -> configMaps(plane.client(), namespace),
          names -> names.contains("kube-root-ca.crt"));
      try (KubernetesClient reader = plane.client(plane.kubeconfigOf(namespace, "default"))) {
        assertThat(configMaps(reader, namespace)).contains("kube-root-ca.crt");
        assertThatThrownBy(() -> reader.secrets().inNamespace(namespace).list())
            .isInstanceOf(KubernetesClientException.class)
            .hasMessageContaining("cannot list resource \"secrets\"");
      }
      try (KubernetesClient stranger = plane.clientAs("stranger", "system:authenticated")) {
        assertThatThrownBy(() -> configMaps(stranger, namespace))
            .hasMessageContaining("User \"stranger\" cannot list");
      }
      try (KubernetesClient agent = plane.clientOnNode(namespace, "default", "node7")) {
        assertThat(configMaps(agent, namespace)).contains("kube-root-ca.crt");
      }
    }
  }

  @Test
  void definitions_are_installed_and_can_be_installed_again() {
    ControlPlane plane = ControlPlane.shared();
    plane.installDefinitions();
    plane.installDefinitions();
    assertThat(plane.kubectl("get", "vpnclusters", "-A").status()).isZero();
  }

  @Test
  void daemon_sets_pods_become_ready_on_fake_nodes_and_end_with_them() {
    ControlPlane plane = ControlPlane.shared();
    try (Scope scope = new Scope()) {
      String namespace = plane.namespace(scope, "agents");
      FakeNodes nodes = FakeNodes.start(scope, plane);
      List<String> names = nodes.add(3);
      plane.client().resource(daemonSet(namespace, nodes.labels(), "one")).create();
      awaitReady(plane, namespace, 3);
      assertThat(nodes.kubelet().pods())
          .extracting(pod -> pod.getSpec().getNodeName())
          .containsExactlyInAnyOrderElementsOf(names);

      nodes.add();
      awaitReady(plane, namespace, 4);
      nodes.remove(names.getFirst());
      awaitReady(plane, namespace, 3);

      nodes.kubelet().readyIf(pod -> !names.get(1).equals(pod.getSpec().getNodeName()));
      awaitReady(plane, namespace, 2, 3);
      nodes.kubelet().readyIf(pod -> true);
      awaitReady(plane, namespace, 3);

      plane.client().apps().daemonSets().inNamespace(namespace).withName("lane").delete();
      Await.until(
          "no pod left",
          SOON,
          () -> plane.client().pods().inNamespace(namespace).list().getItems(),
          List::isEmpty);
    }
  }

  @Test
  void a_dead_nodes_pods_stay_until_it_is_back() {
    ControlPlane plane = ControlPlane.shared();
    try (Scope scope = new Scope()) {
      String namespace = plane.namespace(scope, "dead");
      FakeNodes nodes = FakeNodes.start(scope, plane);
      String node = nodes.add();
      plane.client().resource(daemonSet(namespace, nodes.labels(), "one")).create();
      awaitReady(plane, namespace, 1);
      Pod pod = plane.client().pods().inNamespace(namespace).list().getItems().getFirst();
      nodes.kubelet().stop(node);
      plane.client().resource(pod).delete();
      Await.until(
          "pod terminating",
          SOON,
          () -> plane.client().resource(pod).get().getMetadata().getDeletionTimestamp() != null,
          Boolean::booleanValue);
      nodes.kubelet().resume(node);
      Await.until(
          "pod gone",
          SOON,
          () -> plane.client().resource(pod).get() == null,
          Boolean::booleanValue);
    }
  }

  @Test
  void killed_parts_come_back_with_all_data() {
    try (Scope scope = new Scope()) {
      ControlPlane plane = scope.add(ControlPlane.start());
      String namespace = plane.namespace(scope, "kept");
      FakeNodes nodes = FakeNodes.start(scope, plane);
      nodes.add(2);
      assertThat(plane.apply(configMap("settings"), "-n", namespace).status()).isZero();

      plane.apiServer().kill();
      assertThat(plane.kubectl("get", "nodes", "--request-timeout=1s").status()).isNotZero();
      plane.apiServer().start();
      plane.awaitReady();
      plane.etcd().kill();
      plane.etcd().start();
      plane.awaitReady();
      plane.controllerManager().kill();
      plane.controllerManager().start();
      plane.scheduler().kill();
      plane.scheduler().start();

      assertThat(configMaps(plane.client(), namespace)).contains("settings");
      plane.client().resource(daemonSet(namespace, nodes.labels(), "one")).create();
      awaitReady(plane, namespace, 2);
    }
  }

  @Test
  void nothing_is_left_when_the_jvm_is_killed() {
    Component jvm =
        new Component(
            "standing-control-plane",
            Map.of(),
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                StandingControlPlane.class.getName()));
    try (jvm) {
      jvm.start();
      String started = jvm.log().await("export KUBECONFIG=", SOON).text();
      Path folder = Path.of(started.replaceAll(".*=", "")).resolveSibling("");
      assertThat(folder).exists();
      List<ProcessHandle> children =
          ProcessHandle.of(jvm.pid()).orElseThrow().descendants().toList();
      assertThat(children).hasSizeGreaterThanOrEqualTo(4);
      jvm.kill();
      Await.until(
          "processes gone",
          SOON,
          () -> children.stream().noneMatch(ProcessHandle::isAlive),
          Boolean::booleanValue);
      Await.until("data gone", SOON, () -> Files.notExists(folder), Boolean::booleanValue);
    }
  }

  private static List<String> configMaps(KubernetesClient client, String namespace) {
    return client.configMaps().inNamespace(namespace).list().getItems().stream()
        .map(ControlPlaneTest::name)
        .toList();
  }

  private static String name(ConfigMap map) {
    return map.getMetadata().getName();
  }

  private static String configMap(String name) {
    return Serialization.asYaml(
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName(name)
            .endMetadata()
            .withData(Map.of("a", "b"))
            .build());
  }

  private static void awaitReady(ControlPlane plane, String namespace, int count) {
    awaitReady(plane, namespace, count, count);
  }

  private static void awaitReady(ControlPlane plane, String namespace, int ready, int desired) {
    Await.until(
        ready + " of " + desired + " pods ready",
        SOON,
        () -> plane.client().apps().daemonSets().inNamespace(namespace).withName("lane").get(),
        set ->
            set.getStatus().getNumberReady() == ready
                && set.getStatus().getDesiredNumberScheduled() == desired);
  }

  private static DaemonSet daemonSet(String namespace, Map<String, String> nodes, String image) {
    return new DaemonSetBuilder()
        .withNewMetadata()
        .withName("lane")
        .withNamespace(namespace)
        .endMetadata()
        .withNewSpec()
        .withNewSelector()
        .withMatchLabels(Map.of("app", "lane"))
        .endSelector()
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(Map.of("app", "lane"))
        .endMetadata()
        .withNewSpec()
        .withHostNetwork(true)
        .withNodeSelector(nodes)
        .addNewContainer()
        .withName("agent")
        .withImage(image)
        .endContainer()
        .endSpec()
        .endTemplate()
        .endSpec()
        .build();
  }
}

package dev.ovenbird.e2e.kubernetes.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.kubernetes.OperatorInstallation;
import dev.ovenbird.e2e.kubernetes.PodToken;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.process.EmbeddedOperator;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.OperatorSettings;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A cluster of one node and one lane, its operator, and what its agent's pod is made of. */
final class AgentStage implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(60);
  static final String CLUSTER = "office";
  private static final int API_PORT = 6443;
  private static final int METRICS_PORT = 9194;

  private final Scope scope = new Scope();
  private final ControlPlane plane = ControlPlane.shared();
  private final String users;
  private final EmbeddedOperator operator;
  private final FakeNodes nodes;
  private final Lab lab;
  private final Path folder;
  private final ApiRelay relay;
  private final String node;
  private final String uid;

  AgentStage() {
    OperatorInstallation installation = OperatorInstallation.install(plane);
    users = plane.namespace(scope, "users");
    KubernetesClient client = scope.add(plane.client(installation.kubeconfig()));
    operator =
        scope.add(
            new EmbeddedOperator(
                OperatorContext.of(
                    client,
                    new OperatorSettings(
                        OperatorInstallation.OPERATOR_NAMESPACE,
                        OperatorInstallation.AGENTS_NAMESPACE,
                        "none"),
                    Clock.systemUTC(),
                    new SecureRandom())));
    operator.start();
    scope.add(this::deleteCluster);
    nodes = FakeNodes.start(scope, plane);
    node = nodes.add();
    lab = Lab.create(scope, 2);
    // The node's own setting, as on every Kubernetes node.
    lab.server().run("sysctl", "-qw", "net.ipv4.ip_forward=1");
    folder = TempFolder.create(scope, "ovenbird-agent");
    relay =
        scope.add(
            new ApiRelay(lab.server(), plane.client().getConfiguration().getMasterUrl(), API_PORT));
    cluster("{}");
    uid = Objects.requireNonNull(vpnCluster()).getMetadata().getUid();
  }

  /** Applies the cluster with that {@code spec.pki.ca}. */
  void cluster(String ca) {
    String selector = nodes.labels().toString().replace("=", ": \"").replace("}", "\"}");
    apply(
        """
        apiVersion: ovenbird.dev/v1alpha1
        kind: VpnCluster
        metadata: {name: %s}
        spec:
          networkCIDRs: [10.88.0.0/16]
          instances: {perNode: 1, nodeSelector: %s, metricsPort: %d}
          listeners: [{name: udp, protocol: UDP, port: %d}]
          endpoints: {type: Hosts, hosts: [{node: "*", host: %s}]}
          push: {routes: [10.96.0.0/12]}
          keepalive: {interval: 4s, timeout: 14s}
          pki: {ca: %s}
        """
            .formatted(CLUSTER, selector, METRICS_PORT, ClusterSpec.UDP_PORT, Lab.SERVER_IPV4, ca));
  }

  /** Changes {@code spec.tls.controlChannel.serverKey}. */
  void serverKey(String json) {
    Command.Result result =
        plane.kubectl(
            "patch",
            "vpncluster",
            CLUSTER,
            "-n",
            users,
            "--type=merge",
            "-p",
            "{\"spec\":{\"tls\":{\"controlChannel\":{\"serverKey\":" + json + "}}}}");
    assertThat(result.status()).as(result.output()).isZero();
  }

  void client(String name, boolean suspended) {
    apply(
        """
        apiVersion: ovenbird.dev/v1alpha1
        kind: VpnClient
        metadata: {name: %s}
        spec: {clusterRef: {name: %s}, suspend: %s}
        """
            .formatted(name, CLUSTER, suspended));
  }

  private void apply(String yaml) {
    Command.Result result = plane.apply(yaml, "-n", users);
    assertThat(result.status()).as(result.output()).isZero();
  }

  /** The agent's pod on the node, as the DaemonSet made it, not started yet. */
  AgentPod pod() {
    Pod pod =
        Await.until(
                "the agent's pod",
                SOON,
                () ->
                    plane
                        .client()
                        .pods()
                        .inNamespace(OperatorInstallation.AGENTS_NAMESPACE)
                        .withLabel(Marks.CLUSTER_UID, uid)
                        .list()
                        .getItems(),
                pods -> pods.size() == 1 && node.equals(pods.getFirst().getSpec().getNodeName()))
            .getFirst();
    return new AgentPod(scope, lab.server(), folder, pod, relay)
        .account(PodToken.of(plane.client(), pod), authority());
  }

  private String authority() {
    return Await.until(
            "the API server's authority",
            SOON,
            () ->
                plane.kubectl(
                    "get",
                    "configmap",
                    "kube-root-ca.crt",
                    "-n",
                    OperatorInstallation.AGENTS_NAMESPACE,
                    "-o",
                    "jsonpath={.data.ca\\.crt}"),
            result -> result.status() == 0 && !result.output().isBlank())
        .output();
  }

  /** The profile that the operator made. */
  String profile(String client) {
    String base64 =
        Await.until(
                "profile of " + client,
                SOON,
                () ->
                    plane.kubectl(
                        "get",
                        "secret",
                        client + "-profile",
                        "-n",
                        users,
                        "-o",
                        "jsonpath={.data.client\\.ovpn}"),
                result -> result.status() == 0 && !result.output().isBlank())
            .output();
    return new String(Base64.getDecoder().decode(base64.strip()), StandardCharsets.UTF_8);
  }

  /** A stock client with it. */
  OpenVpnClient connect(int number, String client) {
    return connect(number, client, profile(client));
  }

  OpenVpnClient connect(int number, String client, String profile) {
    try {
      Path file = Files.writeString(folder.resolve(client + ".ovpn"), profile);
      return OpenVpnClient.start(scope, lab.client(number), file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The instance's status as soon as its Ready condition is so, and has that reason. */
  VpnInstanceStatus awaitReady(String status, String reason) {
    return Objects.requireNonNull(
        Await.until(
            "Ready " + status + " " + reason,
            SOON,
            this::status,
            found -> found != null && isReady(found, status, reason)));
  }

  private static boolean isReady(VpnInstanceStatus found, String status, String reason) {
    List<Condition> conditions = found.conditions();
    return conditions != null
        && conditions.stream()
            .anyMatch(
                one ->
                    one.getType().equals("Ready")
                        && one.getStatus().equals(status)
                        && one.getReason().equals(reason));
  }

  @Nullable VpnInstanceStatus status() {
    return plane
        .client()
        .resources(VpnInstance.class)
        .inNamespace(OperatorInstallation.AGENTS_NAMESPACE)
        .withLabel(Marks.CLUSTER_UID, uid)
        .list()
        .getItems()
        .stream()
        .map(VpnInstance::getStatus)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  @Nullable VpnCluster vpnCluster() {
    return plane.client().resources(VpnCluster.class).inNamespace(users).withName(CLUSTER).get();
  }

  /** Says it, without waiting for the end. */
  void beginDeletion() {
    plane.client().resources(VpnCluster.class).inNamespace(users).withName(CLUSTER).delete();
  }

  void awaitDeleted() {
    Await.until("the cluster gone", SOON, () -> vpnCluster() == null, Boolean::booleanValue);
  }

  private void deleteCluster() {
    beginDeletion();
    awaitDeleted();
  }

  ControlPlane plane() {
    return plane;
  }

  String users() {
    return users;
  }

  /** The page that Prometheus would read. */
  String metrics() {
    return lab.server()
        .attempt(SOON, "curl", "-sS", "-m", "5", "http://127.0.0.1:" + METRICS_PORT + "/metrics")
        .output();
  }

  Lab lab() {
    return lab;
  }

  ApiRelay relay() {
    return relay;
  }

  FakeNodes nodes() {
    return nodes;
  }

  String node() {
    return node;
  }

  @Override
  public void close() {
    scope.close();
  }
}

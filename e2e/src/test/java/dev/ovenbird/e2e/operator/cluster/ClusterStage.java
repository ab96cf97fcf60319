package dev.ovenbird.e2e.operator.cluster;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.FakeAgents;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.operator.MovingClock;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.plan.kubernetes.AgentPods;
import dev.ovenbird.operator.process.EmbeddedOperator;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.OperatorSettings;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An operator with namespaces of its own, agents that report, and people's clusters. */
final class ClusterStage implements AutoCloseable {
  /** What other tests leave of the processors, too, has to be enough. */
  static final Duration SOON = Duration.ofSeconds(60);

  static final Duration SETTLE = Duration.ofSeconds(1);
  static final Duration RETIRE_LIMIT = Duration.ofSeconds(3);

  final Scope scope = new Scope();
  final MovingClock clock = new MovingClock();
  final ControlPlane plane;
  final KubernetesClient client;
  final String agents;
  final String operators;
  final FakeAgents fakeAgents;
  final OperatorContext context;
  private final EmbeddedOperator operator;

  private ClusterStage(
      ControlPlane plane, String operators, String agents, KubernetesClient operatorsClient) {
    this.plane = plane;
    this.operators = operators;
    this.agents = agents;
    client = plane.client();
    fakeAgents = FakeAgents.start(scope, plane, agents, Duration.ofSeconds(30));
    context =
        OperatorContext.of(
            operatorsClient,
            new OperatorSettings(
                operators, agents, AgentPods.of("registry.invalid/agent:1"), SETTLE, RETIRE_LIMIT),
            clock,
            new SecureRandom());
    operator = new EmbeddedOperator(context);
    operator.start();
  }

  /** With namespaces that nobody else has. */
  static ClusterStage start(KubernetesClient operatorsClient) {
    ControlPlane plane = ControlPlane.shared();
    plane.installDefinitions();
    Scope namespaces = new Scope();
    ClusterStage stage =
        new ClusterStage(
            plane,
            plane.namespace(namespaces, "operator"),
            plane.namespace(
                namespaces, "agents", Map.of("pod-security.kubernetes.io/enforce", "privileged")),
            operatorsClient);
    stage.scope.add(namespaces);
    return stage;
  }

  static ClusterStage in(String operators, String agents, KubernetesClient operatorsClient) {
    return new ClusterStage(ControlPlane.shared(), operators, agents, operatorsClient);
  }

  /** A namespace of people. */
  String namespace(Scope owner) {
    return plane.namespace(owner, "vpn");
  }

  /**
   * Creates a cluster on these nodes, which the operator has seen by then; its spec continues with
   * the YAML.
   */
  VpnCluster create(String namespace, String name, FakeNodes nodes, int perNode, String spec) {
    awaitSeen(nodes);
    return client.resource(cluster(namespace, name, nodes, perNode, spec)).create();
  }

  /** Nodes come by another watch than clusters, and may come after them. */
  private void awaitSeen(FakeNodes nodes) {
    List<String> names =
        client.nodes().withLabels(nodes.labels()).list().getItems().stream()
            .map(node -> node.getMetadata().getName())
            .toList();
    Await.until(
        "nodes in the operator's cache",
        SOON,
        () ->
            context.caches().nodes().getStore().list().stream()
                .filter(node -> !node.getStatus().getAddresses().isEmpty())
                .map(node -> node.getMetadata().getName())
                .toList(),
        seen -> seen.containsAll(names));
  }

  static VpnCluster cluster(
      String namespace, String name, FakeNodes nodes, int perNode, String spec) {
    VpnCluster cluster =
        Serialization.unmarshal(
            """
            apiVersion: ovenbird.dev/v1alpha1
            kind: VpnCluster
            metadata: {name: %s, namespace: %s}
            spec:
              instances:
                perNode: %d
                nodeSelector: %s
            """
                    .formatted(name, namespace, perNode, Serialization.asJson(nodes.labels()))
                + spec.indent(2)
                + (spec.contains("networkCIDRs") ? "" : "  networkCIDRs: [10.88.0.0/16]\n"),
            VpnCluster.class);
    return cluster;
  }

  /** Changes the spec as a person would, keeping all else. */
  void change(VpnCluster cluster, Map<String, ?> spec) {
    client
        .resource(cluster)
        .patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(Map.of("spec", spec)));
  }

  VpnCluster awaitReady(VpnCluster cluster) {
    return awaitCondition(cluster, "Ready", "True", "Serving");
  }

  VpnCluster awaitCondition(VpnCluster cluster, String type, String status, String reason) {
    return Await.until(
        type + " " + status + " " + reason,
        SOON,
        () -> client.resource(cluster).get(),
        now -> {
          Condition condition = condition(now, type);
          return condition != null
              && condition.getStatus().equals(status)
              && condition.getReason().equals(reason)
              && now.getMetadata().getGeneration().equals(condition.getObservedGeneration());
        });
  }

  static @Nullable Condition condition(VpnCluster cluster, String type) {
    return cluster == null || cluster.getStatus() == null
        ? null
        : cluster.getStatus().conditions().stream()
            .filter(condition -> condition.getType().equals(type))
            .findFirst()
            .orElse(null);
  }

  static String message(VpnCluster cluster, String type) {
    Condition condition = condition(cluster, type);
    return condition == null ? "" : condition.getMessage();
  }

  static ObjectNames names(VpnCluster cluster) {
    return ObjectNames.of(cluster.getMetadata().getUid());
  }

  static Map<String, String> mark(VpnCluster cluster) {
    return Map.of(Marks.CLUSTER_UID, cluster.getMetadata().getUid());
  }

  List<DaemonSet> daemonSets(VpnCluster cluster) {
    return client
        .apps()
        .daemonSets()
        .inNamespace(agents)
        .withLabels(mark(cluster))
        .list()
        .getItems();
  }

  DaemonSet daemonSet(VpnCluster cluster, int lane) {
    return client
        .apps()
        .daemonSets()
        .inNamespace(agents)
        .withName(names(cluster).daemonSet(lane))
        .get();
  }

  List<VpnInstance> instances(VpnCluster cluster) {
    return client
        .resources(VpnInstance.class)
        .inNamespace(agents)
        .withLabels(mark(cluster))
        .list()
        .getItems();
  }

  /** By {@code node/lane}. */
  Map<String, Mode> modes(VpnCluster cluster) {
    return instances(cluster).stream()
        .collect(
            Collectors.toMap(
                one -> one.getSpec().nodeName() + "/" + one.getSpec().lane(),
                one -> one.getSpec().mode()));
  }

  /** Deletes clusters and waits until they are gone. */
  void delete(VpnCluster... clusters) {
    for (VpnCluster cluster : clusters) {
      client.resource(cluster).delete();
    }
    for (VpnCluster cluster : clusters) {
      Await.until(
          cluster.getMetadata().getName() + " gone",
          SOON,
          () -> Optional.ofNullable(client.resource(cluster).get()),
          Optional::isEmpty);
    }
  }

  @Override
  public void close() {
    operator.close();
    scope.close();
  }
}

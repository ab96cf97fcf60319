package dev.ovenbird.e2e.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A control plane of its own with an installed operator, fake nodes and agents' reports. */
final class OperatorStage implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(90);
  static final String CLUSTER = "office";

  private static final String PROFILE = "client.ovpn";

  private final Scope scope = new Scope();
  private final WriteAudit audit;
  private final ControlPlane plane;
  private final OperatorInstallation installation;
  private final FakeNodes nodes;
  private final String namespace;

  OperatorStage(int nodeCount) {
    try {
      audit =
          new WriteAudit(
              TempFolder.create(scope, "ovenbird-audit"), OperatorInstallation.OPERATOR_NAMESPACE);
      plane = scope.add(ControlPlane.start(audit.flags()));
      installation = OperatorInstallation.install(plane);
      nodes = FakeNodes.start(scope, plane);
      nodes.add(nodeCount);
      FakeAgents.start(scope, plane, OperatorInstallation.AGENTS_NAMESPACE, Duration.ofSeconds(30));
      namespace = plane.namespace(scope, "vpn");
    } catch (RuntimeException | Error e) {
      scope.close();
      throw e;
    }
  }

  ControlPlane plane() {
    return plane;
  }

  OperatorInstallation installation() {
    return installation;
  }

  WriteAudit audit() {
    return audit;
  }

  OperatorProcess operator(String name) {
    return OperatorProcess.start(scope, installation, name);
  }

  /** Without waiting for it to be ready. */
  OperatorProcess launch(String name) {
    return OperatorProcess.launch(scope, installation, name);
  }

  void applyCluster() {
    String selector = nodes.labels().toString().replace("=", ": \"").replace("}", "\"}");
    apply(
        """
        apiVersion: ovenbird.dev/v1alpha1
        kind: VpnCluster
        metadata: {name: %s, namespace: %s}
        spec:
          networkCIDRs: [10.88.0.0/16, "fd00:88::/64"]
          instances: {perNode: 2, nodeSelector: %s}
          listeners: [{name: udp, protocol: UDP, port: 1194}]
        """
            .formatted(CLUSTER, namespace, selector));
  }

  /** Clients {@code prefix0} and up. */
  void applyClients(String prefix, int count) {
    StringBuilder yaml = new StringBuilder();
    for (int i = 0; i < count; i++) {
      yaml.append(
          """
          ---
          apiVersion: ovenbird.dev/v1alpha1
          kind: VpnClient
          metadata: {name: %s, namespace: %s}
          spec: {clusterRef: {name: %s}}
          """
              .formatted(prefix + i, namespace, CLUSTER));
    }
    apply(yaml.toString());
  }

  /** A restarted API server may not know the kinds yet; a policy of ours never is the reason. */
  private void apply(String yaml) {
    Await.until(
        "applied",
        SOON,
        () -> plane.apply(yaml),
        result -> {
          assertThat(result.output()).doesNotContain("ValidatingAdmissionPolicy");
          return result.status() == 0;
        });
  }

  List<VpnClient> clients() {
    return plane.client().resources(VpnClient.class).inNamespace(namespace).list().getItems();
  }

  /** Secrets that hold a profile. */
  List<Secret> profiles() {
    return plane.client().secrets().inNamespace(namespace).list().getItems().stream()
        .filter(it -> it.getData() != null && it.getData().containsKey(PROFILE))
        .toList();
  }

  void awaitProfiles(int count) {
    Await.until(count + " profiles", SOON, () -> profiles().size(), size -> size == count);
  }

  /** Every client has its profile and addresses that nobody else has. */
  void assertComplete(int count) {
    awaitProfiles(count);
    Await.until(
        "every client has an address",
        SOON,
        () -> clients().stream().filter(it -> !it.getSpec().addresses().isEmpty()).count(),
        with -> with == count);
    assertThat(clients().stream().flatMap(it -> it.getSpec().addresses().stream()))
        .doesNotHaveDuplicates();
  }

  /** The cluster's condition as soon as it pleases. */
  @Nullable Condition awaitCondition(String type, Predicate<@Nullable Condition> wanted) {
    return Await.until("condition " + type, SOON, () -> condition(type), wanted);
  }

  private @Nullable Condition condition(String type) {
    VpnCluster cluster =
        plane
            .client()
            .resources(VpnCluster.class)
            .inNamespace(namespace)
            .withName(CLUSTER)
            .require();
    if (cluster.getStatus() == null) {
      return null;
    }
    return cluster.getStatus().conditions().stream()
        .filter(it -> it.getType().equals(type))
        .findFirst()
        .orElse(null);
  }

  /** Who holds the operator's lease. */
  String leader() {
    return plane
        .client()
        .leases()
        .inNamespace(OperatorInstallation.OPERATOR_NAMESPACE)
        .list()
        .getItems()
        .stream()
        .map(it -> String.valueOf(it.getSpec().getHolderIdentity()))
        .findFirst()
        .orElse("");
  }

  @Override
  public void close() {
    scope.close();
  }
}

package dev.ovenbird.e2e.operator.pki;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.e2e.kubernetes.PodToken;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ObjectNames;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Pods as an agents' DaemonSet would make them, and who they are to the API server. */
final class AgentPods {
  private static final String EXTRA = "authentication.kubernetes.io%2f";

  private final PkiStage stage;
  private final VpnCluster cluster;
  private final String account;

  /** Makes the ServiceAccount, which may create CertificateSigningRequests. */
  AgentPods(PkiStage stage, VpnCluster cluster, String purpose) {
    this.stage = stage;
    this.cluster = cluster;
    account = ObjectNames.of(cluster.getMetadata().getUid()).agents();
    account(account);
    mayRequest(stage, purpose);
  }

  /** Lets the agents' ServiceAccounts create CertificateSigningRequests. */
  static void mayRequest(PkiStage stage, String purpose) {
    String role = "ovenbird-e2e-" + purpose + "-" + stage.settings().agentsNamespace();
    stage.plane().kubectl("create", "clusterrole", role, "--verb=create", "--resource=csr");
    stage.scope().add(() -> stage.client().rbac().clusterRoles().withName(role).delete());
    stage
        .client()
        .resource(
            new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName(role)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", role)
                .addNewSubject()
                .withKind("Group")
                .withApiGroup("rbac.authorization.k8s.io")
                .withName("system:serviceaccounts:" + stage.settings().agentsNamespace())
                .endSubject()
                .build())
        .create();
    stage.scope().add(() -> stage.client().rbac().clusterRoleBindings().withName(role).delete());
  }

  String account() {
    return account;
  }

  /** Makes a ServiceAccount in the agents' namespace if there is none. */
  void account(String name) {
    stage
        .client()
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(stage.settings().agentsNamespace())
                .endMetadata()
                .build())
        .serverSideApply();
  }

  /** An agent of a lane on a node. */
  Pod create(String node, int lane) {
    return create(node, lane, pod -> pod);
  }

  /** The same with something changed. */
  Pod create(String node, int lane, UnaryOperator<PodBuilder> change) {
    Map<String, String> labels =
        new HashMap<>(
            Marks.labels(
                cluster.getMetadata().getNamespace(),
                cluster.getMetadata().getName(),
                cluster.getMetadata().getUid(),
                "agent"));
    labels.put(Marks.LANE, Integer.toString(lane));
    Pod pod =
        change
            .apply(
                new PodBuilder()
                    .withNewMetadata()
                    .withGenerateName(account + "-" + lane + "-")
                    .withNamespace(stage.settings().agentsNamespace())
                    .withLabels(labels)
                    .endMetadata()
                    .withNewSpec()
                    .withServiceAccountName(account)
                    .withNodeName(node)
                    .addNewContainer()
                    .withName("agent")
                    .withImage("none")
                    .endContainer()
                    .endSpec())
            .build();
    return stage.client().resource(pod).create();
  }

  /** A token bound to the pod, as the kubelet projects it. */
  String token(Pod pod) {
    return PodToken.of(stage.client(), pod);
  }

  /** Acts as the pod, by what the API server would read out of its token. */
  KubernetesClient as(Pod pod) {
    return as(
        pod.getSpec().getServiceAccountName(),
        Map.of(
            "pod-name", pod.getMetadata().getName(),
            "pod-uid", pod.getMetadata().getUid(),
            "node-name", pod.getSpec().getNodeName()));
  }

  /** Acts as a ServiceAccount whose token says that. */
  KubernetesClient as(String serviceAccount, Map<String, String> token) {
    Map<String, List<String>> extras = new HashMap<>();
    token.forEach((name, value) -> extras.put(EXTRA + name, List.of(value)));
    String namespace = stage.settings().agentsNamespace();
    return stage
        .scope()
        .add(
            new KubernetesClientBuilder()
                .withHttpClientFactory(new JdkHttpClientFactory())
                .withConfig(
                    stage
                        .config()
                        .withImpersonateUsername(
                            "system:serviceaccount:" + namespace + ":" + serviceAccount)
                        .withImpersonateGroups(
                            "system:serviceaccounts",
                            "system:serviceaccounts:" + namespace,
                            "system:authenticated")
                        .withImpersonateExtras(extras)
                        .build())
                .build());
  }
}

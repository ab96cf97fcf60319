package dev.ovenbird.e2e.crd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicy;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every validation of the admission policies, with what passes and what doesn't. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PoliciesTest {
  private static final Duration IN_FORCE = Duration.ofSeconds(60);
  private static final String AGENTS = "ovenbird-agents";
  private static final String AGENT = "ovb-0123abcd";
  private static final PatchContext MERGE =
      new PatchContext.Builder().withPatchType(PatchType.JSON_MERGE).build();

  private final ControlPlane plane = ControlPlane.shared();
  private final Scope scope = new Scope();
  private String namespace = "";

  /** A request to the API server. */
  private interface Write {
    void send();
  }

  /** A write that a validation refuses with these words, and one like it that passes. */
  record PolicyCase(String policy, String says, Write refused, Write passes) {
    @Override
    public String toString() {
      return policy + ": " + says;
    }
  }

  @BeforeAll
  void makes_a_cluster_and_an_instance_of_node1() {
    plane.installDefinitions();
    namespace = plane.namespace(scope, "policies");
    for (String kind : List.of("VpnCluster", "VpnInstance")) {
      plane.client().resource(resource(RuleCase.base(kind))).inNamespace(namespace).create();
    }
    allowAgent();
  }

  @AfterAll
  void clears_up() {
    scope.close();
  }

  /** More than an agent has, so that nothing but the policies can refuse. */
  private void allowAgent() {
    String text =
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: %1$s}
        rules:
        - {apiGroups: [ovenbird.dev], resources: [vpninstances, vpninstances/status], verbs: ["*"]}
        - {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [create]}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: %1$s}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %1$s}
        subjects:
        - {kind: User, name: "system:serviceaccount:%2$s:%3$s", apiGroup: rbac.authorization.k8s.io}
        - {kind: User, name: "system:serviceaccount:%1$s:%3$s", apiGroup: rbac.authorization.k8s.io}
        """
            .formatted(namespace, AGENTS, AGENT);
    scope.add(() -> plane.kubectl("delete", "clusterrole,clusterrolebinding", namespace));
    assertThat(plane.apply(text).status()).isZero();
  }

  List<PolicyCase> cases() {
    KubernetesClient node1 = scope.add(plane.clientOnNode(AGENTS, AGENT, "node1"));
    KubernetesClient node2 = scope.add(plane.clientOnNode(AGENTS, AGENT, "node2"));
    KubernetesClient nowhere =
        scope.add(plane.clientAs("system:serviceaccount:" + AGENTS + ":" + AGENT));
    return List.of(
        new PolicyCase(
            "vpnclient-addresses",
            "is outside the networks of VpnCluster",
            () -> create("alice", "10.89.0.9"),
            () -> create("alice", "10.88.0.9")),
        new PolicyCase(
            "agent-instances",
            "may write the status of a VpnInstance only",
            () -> instance(node1).patch(MERGE, "{\"spec\":{\"mode\":\"Drain\"}}"),
            () -> instance(plane.client()).patch(MERGE, "{\"spec\":{\"mode\":\"Drain\"}}")),
        new PolicyCase(
            "agent-instances",
            "this token names no node",
            () -> report(nowhere, "{\"sessionCount\":1}"),
            () -> report(node1, "{\"sessionCount\":1}")),
        new PolicyCase(
            "agent-instances",
            "may not write for an instance of node",
            () -> report(node2, "{\"sessionCount\":2}"),
            () -> report(node1, "{\"sessionCount\":2}")),
        new PolicyCase(
            "agent-instances",
            "status.endpoints is the operator",
            () -> report(node1, endpoint("rogue.example.com")),
            () -> report(plane.client(), endpoint("vpn.example.com"))),
        new PolicyCase(
            "agent-csrs",
            "may not ask for a certificate of signer",
            () -> request(node1, "kubernetes.io/kube-apiserver-client"),
            () -> request(node1, "ovenbird.dev/instance")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void policy_refuses_the_one_and_lets_the_other_pass(PolicyCase one) {
    // It is in force, and sees a new cluster, a moment after the write that made it.
    Await.until(one.says(), IN_FORCE, () -> refusal(one.refused()), it -> it.contains(one.says()));
    assertThatCode(() -> one.passes().send()).doesNotThrowAnyException();
  }

  @Test
  void every_validation_has_a_case() throws IOException {
    List<String> bare = new ArrayList<>();
    for (ValidatingAdmissionPolicy policy : policies()) {
      String name = policy.getMetadata().getName().replace(".ovenbird.dev", "");
      policy
          .getSpec()
          .getValidations()
          .forEach(
              validation -> {
                String text = validation.getMessage() + validation.getMessageExpression();
                if (cases().stream()
                    .noneMatch(it -> it.policy().equals(name) && text.contains(it.says()))) {
                  bare.add(name + ": " + validation.getExpression());
                }
              });
    }
    assertThat(bare).as("validations without a case").isEmpty();
  }

  @Test
  void policies_are_free_of_type_errors() throws IOException {
    for (ValidatingAdmissionPolicy policy : policies()) {
      Resource<ValidatingAdmissionPolicy> resource = plane.client().resource(policy);
      var checked =
          Await.until(
              policy.getMetadata().getName() + " type-checked",
              IN_FORCE,
              () -> resource.get().getStatus(),
              status -> status != null && status.getTypeChecking() != null);
      assertThat(checked.getTypeChecking().getExpressionWarnings()).isEmpty();
    }
  }

  @Test
  void another_network_of_the_same_namespace_does_not_help() {
    ObjectNode other = RuleCase.base("VpnCluster");
    other.withObject("/metadata").put("name", "home");
    other.withObject("/spec").putArray("networkCIDRs").add("10.77.0.0/16");
    plane.client().resource(resource(other)).inNamespace(namespace).create();
    Await.until(
        "refused",
        IN_FORCE,
        () -> refusal(() -> create("bob", "10.77.0.9")),
        it -> it.contains("10.77.0.9 is outside the networks of VpnCluster office"));
  }

  @Test
  void client_that_slipped_through_can_still_be_deleted() {
    ObjectNode early = client("early", "10.89.0.9");
    early.withObject("/spec").putObject("clusterRef").put("name", "later");
    early.withObject("/metadata").putArray("finalizers").add("ovenbird.dev/test");
    plane.client().resource(resource(early)).inNamespace(namespace).create();
    ObjectNode later = RuleCase.base("VpnCluster");
    later.withObject("/metadata").put("name", "later");
    plane.client().resource(resource(later)).inNamespace(namespace).create();
    Resource<VpnClient> client =
        plane.client().resources(VpnClient.class).inNamespace(namespace).withName("early");
    Await.until(
        "a change of the spec refused",
        IN_FORCE,
        () -> refusal(() -> client.patch(MERGE, "{\"spec\":{\"addresses\":[\"10.89.0.10\"]}}")),
        it -> it.contains("10.89.0.10 is outside"));
    client.delete();
    client.patch(MERGE, "{\"metadata\":{\"finalizers\":null}}");
    assertThat(client.get()).isNull();
  }

  @Test
  void others_than_agents_are_not_judged() {
    KubernetesClient other = scope.add(plane.clientOnNode(namespace, AGENT, "node2"));
    assertThatCode(() -> report(other, "{\"sessionCount\":7}")).doesNotThrowAnyException();
    assertThatCode(() -> request(other, "kubernetes.io/kube-apiserver-client"))
        .doesNotThrowAnyException();
  }

  @Test
  void agents_namespace_is_one_word_that_the_chart_can_replace() throws IOException {
    try (var files = Files.list(folder())) {
      for (Path file : files.toList()) {
        for (String line : Files.readAllLines(file)) {
          if (line.contains(AGENTS) && !line.startsWith("#")) {
            assertThat(line).contains("'system:serviceaccount:" + AGENTS + ":ovb-'");
          }
        }
      }
    }
  }

  private static Path folder() {
    return Installation.home().resolve("helm/ovenbird/files/policies");
  }

  private List<ValidatingAdmissionPolicy> policies() throws IOException {
    List<ValidatingAdmissionPolicy> policies = new ArrayList<>();
    try (var files = Files.list(folder())) {
      for (Path file : files.sorted().toList()) {
        try (InputStream stream = Files.newInputStream(file)) {
          plane.client().load(stream).items().stream()
              .filter(ValidatingAdmissionPolicy.class::isInstance)
              .map(ValidatingAdmissionPolicy.class::cast)
              .forEach(policies::add);
        }
      }
    }
    assertThat(policies).isNotEmpty();
    return policies;
  }

  private static String refusal(Write write) {
    try {
      write.send();
      return "";
    } catch (KubernetesClientException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static ObjectNode client(String name, String address) {
    ObjectNode client = RuleCase.base("VpnClient");
    client.withObject("/metadata").put("name", name);
    client.withObject("/spec").putArray("addresses").add(address);
    return client;
  }

  private void create(String name, String address) {
    plane
        .client()
        .resource(resource(client(name, address)))
        .inNamespace(namespace)
        .dryRun()
        .create();
  }

  private Resource<VpnInstance> instance(KubernetesClient client) {
    String name = RuleCase.base("VpnInstance").at("/metadata/name").asText();
    return client.resources(VpnInstance.class).inNamespace(namespace).withName(name);
  }

  private void report(KubernetesClient agent, String status) {
    instance(agent).subresource("status").patch(MERGE, "{\"status\":" + status + "}");
  }

  private static String endpoint(String host) {
    return "{\"endpoints\":[{\"host\":\"" + host + "\",\"port\":1194,\"protocol\":\"UDP\"}]}";
  }

  private static void request(KubernetesClient agent, String signer) {
    CertificateSigningRequest request =
        new CertificateSigningRequestBuilder()
            .withNewMetadata()
            .withName("ovenbird-e2e-policies")
            .endMetadata()
            .withNewSpec()
            .withSignerName(signer)
            .withUsages("digital signature", "client auth")
            .withRequest(exampleRequest())
            .endSpec()
            .build();
    agent.resource(request).dryRun().create();
  }

  /** Base64 of the PEM in the example of a client with its own key. */
  private static String exampleRequest() {
    try {
      Path example = Installation.home().resolve("examples/own-key.yaml");
      String csr =
          Serialization.unmarshal(Files.readString(example), VpnClient.class).getSpec().csr();
      return Base64.getEncoder()
          .encodeToString(String.valueOf(csr).getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static GenericKubernetesResource resource(ObjectNode content) {
    return Serialization.unmarshal(content.toString(), GenericKubernetesResource.class);
  }
}

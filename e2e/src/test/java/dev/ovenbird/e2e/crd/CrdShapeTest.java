package dev.ovenbird.e2e.crd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the CRDs promise besides their rules: defaults, merging, columns, selectors. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrdShapeTest {
  private static final String INSTANCE = RuleCase.base("VpnInstance").at("/metadata/name").asText();

  private final ControlPlane plane = ControlPlane.shared();
  private final Scope scope = new Scope();
  private String namespace = "";

  @BeforeAll
  void makes_one_of_each_kind() {
    plane.installDefinitions();
    namespace = plane.namespace(scope, "shape");
    for (String kind : Rule.KINDS) {
      ObjectNode base = RuleCase.base(kind);
      plane
          .client()
          .resource(Serialization.unmarshal(base.toString(), GenericKubernetesResource.class))
          .inNamespace(namespace)
          .create();
    }
  }

  @AfterAll
  void clears_up() {
    scope.close();
  }

  @Test
  void defaults_are_those_of_local_mode() throws JsonProcessingException {
    VpnClusterSpec written =
        plane
            .client()
            .resources(VpnCluster.class)
            .inNamespace(namespace)
            .withName("office")
            .get()
            .getSpec();
    VpnClusterSpec local =
        new ObjectMapper()
            .treeToValue(RuleCase.base("VpnCluster").path("spec"), VpnClusterSpec.class);
    assertThat(written).isEqualTo(local);
  }

  @Test
  void what_depends_on_another_field_is_not_written_down() {
    String yaml = kubectl("get", "vpncluster", "office", "-o", "yaml");
    assertThat(yaml).contains("algorithm: ECDSA", "perNode: 1").doesNotContain("size: 256");
    assertThat(yaml).doesNotContain("listeners");
    Command.Result changed =
        plane.kubectl(
            "--namespace=" + namespace,
            "patch",
            "vpncluster",
            "office",
            "--type=merge",
            "--dry-run=server",
            "-p",
            "{\"spec\":{\"pki\":{\"privateKey\":{\"algorithm\":\"RSA\"}}}}");
    assertThat(changed.status()).as(changed.output()).isZero();
  }

  @Test
  void operator_and_agent_write_one_status_side_by_side() {
    apply(
        "operator",
        new VpnInstanceStatus(
            null,
            null,
            null,
            List.of(new VpnInstanceStatus.Endpoint("192.0.2.1", 1194, Protocol.UDP)),
            null,
            null,
            null,
            List.of(condition("Reachable"))));
    VpnInstanceStatus both =
        apply(
            "agent",
            new VpnInstanceStatus(
                1L,
                VpnInstanceSpec.Mode.Serve,
                List.of(2, 1),
                null,
                1,
                List.of(
                    new VpnInstanceStatus.Session(
                        "7d1f2a54-6f0e-4c8e-9d0b-2f4f6f8e1c35", "alice", "2026-11-22T01:02:03Z")),
                "2026-11-22T01:02:04Z",
                List.of(condition("Ready"))));
    assertThat(both.endpoints()).hasSize(1);
    assertThat(both.sessions()).hasSize(1);
    assertThat(both.serverKeyGenerations()).containsExactly(2, 1);
    assertThat(both.mode()).isEqualTo(VpnInstanceSpec.Mode.Serve);
    assertThat(both.conditions())
        .extracting(Condition::getType)
        .containsExactlyInAnyOrder("Reachable", "Ready");
  }

  @Test
  void category_lists_all_kinds() {
    assertThat(kubectl("get", "vpn", "-o", "name").lines())
        .containsExactlyInAnyOrder(
            "vpncluster.ovenbird.dev/office",
            "vpnclient.ovenbird.dev/alice",
            "vpninstance.ovenbird.dev/" + INSTANCE);
  }

  @Test
  void short_names_and_columns_are_there() {
    assertThat(header("vpnc")).isEqualTo("NAME READY INSTANCES SERVING CLIENTS ENDPOINTS AGE");
    assertThat(header("vpncl")).isEqualTo("NAME CLUSTER ADDRESS READY PROFILECURRENT INSTANCE AGE");
    assertThat(header("vpni")).isEqualTo("NAME CLUSTER NODE LANE MODE READY SESSIONS AGE");
  }

  private String header(String resource) {
    return kubectl("get", resource).lines().findFirst().orElse("").replaceAll(" +", " ").strip();
  }

  @Test
  void instances_are_selected_by_node_and_clients_by_cluster() {
    assertThat(kubectl("get", "vpni", "--field-selector=spec.nodeName=node1", "-o", "name"))
        .contains(INSTANCE);
    assertThat(kubectl("get", "vpni", "--field-selector=spec.nodeName=node2", "-o", "name"))
        .isBlank();
    assertThat(
            kubectl("get", "vpncl", "--field-selector=spec.clusterRef.name=office", "-o", "name"))
        .contains("alice");
  }

  @Test
  void status_is_a_subresource() {
    String patch = "{\"spec\":{\"mode\":\"Drain\"},\"status\":{\"sessionCount\":9}}";
    Resource<VpnInstance> instance = instance();
    Long generation = instance.get().getMetadata().getGeneration();
    PatchContext merge = new PatchContext.Builder().withPatchType(PatchType.JSON_MERGE).build();
    VpnInstance after = instance.subresource("status").patch(merge, patch);
    assertThat(after.getMetadata().getGeneration()).isEqualTo(generation);
    assertThat(after.getSpec().mode()).isEqualTo(VpnInstanceSpec.Mode.Serve);
    assertThat(Objects.requireNonNull(after.getStatus()).sessionCount()).isEqualTo(9);
  }

  private VpnInstanceStatus apply(String manager, VpnInstanceStatus status) {
    VpnInstance applied = new VpnInstance();
    applied.getMetadata().setName(INSTANCE);
    applied.getMetadata().setNamespace(namespace);
    applied.setStatus(status);
    return plane
        .client()
        .resource(applied)
        .subresource("status")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(manager)
                .build())
        .getStatus();
  }

  private static Condition condition(String type) {
    Condition condition = new Condition();
    condition.setType(type);
    condition.setStatus("True");
    condition.setReason("Tested");
    condition.setMessage("");
    condition.setLastTransitionTime("2026-11-22T01:02:03Z");
    return condition;
  }

  private Resource<VpnInstance> instance() {
    return plane.client().resources(VpnInstance.class).inNamespace(namespace).withName(INSTANCE);
  }

  private String kubectl(String... arguments) {
    List<String> command = new ArrayList<>(List.of("--namespace=" + namespace));
    command.addAll(List.of(arguments));
    Command.Result result = plane.kubectl(command.toArray(String[]::new));
    assertThat(result.status()).as(result.output()).isZero();
    return result.output();
  }
}

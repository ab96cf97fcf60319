package dev.ovenbird.operator.plan.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import java.util.List;

/**
 * What the agents of a cluster may do: read their own cluster's objects by name, and report. That
 * they report for their own node only is a ValidatingAdmissionPolicy's business.
 */
final class AgentAccess {
  private static final String COMPONENT = "agent";

  private AgentAccess() {}

  static List<HasMetadata> render(Owner owner, List<String> configMaps) {
    String name = owner.names().agents();
    return List.of(
        new ServiceAccountBuilder()
            .withMetadata(owner.metadata(name, COMPONENT))
            .withAutomountServiceAccountToken(false)
            .build(),
        new RoleBuilder()
            .withMetadata(owner.metadata(name, COMPONENT))
            .withRules(
                reading("configmaps", configMaps),
                reading("secrets", List.of(owner.names().serverKeys())),
                new PolicyRuleBuilder()
                    .withApiGroups("ovenbird.dev")
                    .withResources("vpninstances")
                    .withVerbs("get", "list", "watch")
                    .build(),
                new PolicyRuleBuilder()
                    .withApiGroups("ovenbird.dev")
                    .withResources("vpninstances/status")
                    .withVerbs("get", "update", "patch")
                    .build())
            .build(),
        new RoleBindingBuilder()
            .withMetadata(owner.metadata(name, COMPONENT))
            .withNewRoleRef("rbac.authorization.k8s.io", "Role", name)
            .addNewSubject()
            .withKind("ServiceAccount")
            .withName(name)
            .withNamespace(owner.agentsNamespace())
            .endSubject()
            .build());
  }

  private static PolicyRule reading(String resource, List<String> names) {
    return new PolicyRuleBuilder()
        .withApiGroups("")
        .withResources(resource)
        .withResourceNames(names)
        .withVerbs("get", "list", "watch")
        .build();
  }
}

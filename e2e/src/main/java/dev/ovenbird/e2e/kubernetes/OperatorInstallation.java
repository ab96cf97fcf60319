package dev.ovenbird.e2e.kubernetes;

import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.process.Command;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What an installed operator finds in its cluster: CRDs, policies, both namespaces, its
 * ServiceAccount and its rights, all as the chart renders them. One per control plane, as the
 * namespaces have fixed names.
 */
public final class OperatorInstallation {
  public static final String OPERATOR_NAMESPACE = "ovenbird-system";
  public static final String AGENTS_NAMESPACE = "ovenbird-agents";

  private static final Path CHART = Installation.home().resolve("helm/ovenbird");

  private final ControlPlane plane;
  private final String serviceAccount;

  private OperatorInstallation(ControlPlane plane, String serviceAccount) {
    this.plane = plane;
    this.serviceAccount = serviceAccount;
  }

  /** Installs it, or brings it up to date. */
  public static OperatorInstallation install(ControlPlane plane) {
    plane.installDefinitions();
    KubernetesClient client = plane.client();
    String serviceAccount = "";
    List<HasMetadata> items = items(client);
    for (HasMetadata item : items) {
      client.resource(item).patch(Definitions.APPLY);
      if (item instanceof ServiceAccount) {
        serviceAccount = item.getMetadata().getName();
      }
    }
    if (serviceAccount.isEmpty()) {
      throw new IllegalStateException("no ServiceAccount in " + CHART);
    }
    OperatorInstallation installation = new OperatorInstallation(plane, serviceAccount);
    installation.awaitRights(items);
    return installation;
  }

  /** An operator that starts before its roles take effect would be refused its first lists. */
  private void awaitRights(List<HasMetadata> items) {
    for (HasMetadata item : items) {
      List<PolicyRule> rules = rules(item);
      if (!rules.isEmpty() && item.getMetadata().getName().equals(serviceAccount)) {
        PolicyRule first = rules.getFirst();
        right(item, first, first.getVerbs().getFirst(), first.getResources().getFirst())
            .awaitGiven(plane.client());
      }
    }
  }

  private Right right(HasMetadata role, PolicyRule rule, String verb, String resource) {
    String namespace = role.getMetadata().getNamespace();
    return new Right(
        user(), verb, rule.getApiGroups().getFirst(), resource, namespace == null ? "" : namespace);
  }

  private static List<PolicyRule> rules(HasMetadata item) {
    return item instanceof ClusterRole role
        ? role.getRules()
        : item instanceof Role role ? role.getRules() : List.of();
  }

  public ControlPlane plane() {
    return plane;
  }

  /** The user that the API server sees, as in audit logs and RBAC messages. */
  public String user() {
    return "system:serviceaccount:" + OPERATOR_NAMESPACE + ":" + serviceAccount;
  }

  /** A kubeconfig with the operator's own token and rights. */
  public Path kubeconfig() {
    return plane.kubeconfigOf(OPERATOR_NAMESPACE, serviceAccount);
  }

  /**
   * Takes one verb on one resource from all the operator's roles; returns when it has taken effect.
   *
   * @throws IllegalStateException if no rule has it
   */
  public void revoke(String verb, String resource) {
    List<Right> revoked = new ArrayList<>();
    for (HasMetadata item : items(plane.client())) {
      List<PolicyRule> rules = rules(item);
      List<PolicyRule> kept = new ArrayList<>();
      boolean changed = false;
      for (PolicyRule rule : rules) {
        if (!rule.getResources().contains(resource) || !rule.getVerbs().contains(verb)) {
          kept.add(rule);
          continue;
        }
        changed = true;
        revoked.add(right(item, rule, verb, resource));
        kept.addAll(split(rule, verb, resource));
      }
      if (changed) {
        rules.clear();
        rules.addAll(kept);
        plane.client().resource(item).patch(Definitions.APPLY);
      }
    }
    if (revoked.isEmpty()) {
      throw new IllegalStateException("no rule of " + CHART + " grants " + verb + " " + resource);
    }
    revoked.forEach(right -> right.awaitTaken(plane.client()));
  }

  /** The rule for its other resources, and for this one without the verb. */
  private static List<PolicyRule> split(PolicyRule rule, String verb, String resource) {
    PolicyRule others = rule.toBuilder().removeFromResources(resource).build();
    PolicyRule reduced = rule.toBuilder().withResources(resource).removeFromVerbs(verb).build();
    return Stream.of(others, reduced)
        .filter(it -> !it.getResources().isEmpty() && !it.getVerbs().isEmpty())
        .toList();
  }

  private static List<HasMetadata> items(KubernetesClient client) {
    List<HasMetadata> items = new ArrayList<>();
    items.add(
        new NamespaceBuilder()
            .withNewMetadata()
            .withName(OPERATOR_NAMESPACE)
            .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
            .endMetadata()
            .build());
    String rendered =
        Command.run(
            Programs.ofNodes().resolve("helm").toString(),
            "template",
            "ovenbird",
            CHART.toString(),
            "--namespace=" + OPERATOR_NAMESPACE,
            // Else it takes a version for granted that the chart refuses.
            "--kube-version=1.32.0",
            "--show-only=templates/namespace.yaml",
            "--show-only=templates/rbac.yaml");
    items.addAll(
        client.load(new ByteArrayInputStream(rendered.getBytes(StandardCharsets.UTF_8))).items());
    return items;
  }
}

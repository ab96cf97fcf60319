package dev.ovenbird.e2e.operator.cluster;

import dev.ovenbird.e2e.kubernetes.OperatorInstallation;
import dev.ovenbird.e2e.operator.cluster.Requests.Asked;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the operator's ClusterRole and Roles grant, one verb and resource after the other.
 *
 * @param granted by namespace (empty: everywhere), each {@code resource.group verb}
 * @param given to agents
 */
record OperatorRights(Map<String, Set<String>> granted, Set<String> given) {
  private static final String NAME = "ovenbird-operator";

  /** Of which no life makes use; the YAML says the same beside each. */
  private static final Set<String> JUSTIFIED =
      Set.of(
          "events list",
          // JOSDK's leader election asks whether it has it, and patches.
          "leases.coordination.k8s.io update",
          "signers.certificates.k8s.io approve",
          "signers.certificates.k8s.io sign",
          // Before a claim is given up whose client the cache does not have.
          "vpnclients.ovenbird.dev get",
          // By which helm uninstall takes the finalizers away.
          "vpnclusters.ovenbird.dev get");

  /** As installed. */
  static OperatorRights read(KubernetesClient client, List<PolicyRule> agents) {
    Map<String, Set<String>> granted = new TreeMap<>();
    granted.put("", flat(client.rbac().clusterRoles().withName(NAME).get().getRules()));
    for (String namespace :
        List.of(OperatorInstallation.OPERATOR_NAMESPACE, OperatorInstallation.AGENTS_NAMESPACE)) {
      granted.put(
          namespace,
          flat(client.rbac().roles().inNamespace(namespace).withName(NAME).get().getRules()));
    }
    return new OperatorRights(granted, flat(agents));
  }

  private static Set<String> flat(List<PolicyRule> rules) {
    Set<String> flat = new TreeSet<>();
    for (PolicyRule rule : rules) {
      for (String group : rule.getApiGroups()) {
        for (String resource : rule.getResources()) {
          int slash = resource.indexOf('/');
          String plain = slash < 0 ? resource : resource.substring(0, slash);
          String name =
              plain
                  + (group.isEmpty() ? "" : "." + group)
                  + (slash < 0 ? "" : resource.substring(slash));
          rule.getVerbs().forEach(verb -> flat.add(name + " " + verb));
        }
      }
    }
    return flat;
  }

  /** Granted, but neither used, nor given on, nor justified; with its namespace. */
  Set<String> unused(Set<Asked> asked) {
    Map<String, Set<String>> unused = new TreeMap<>();
    granted.forEach((namespace, rights) -> unused.put(namespace, new TreeSet<>(rights)));
    for (Asked one : asked) {
      String right = one.resource() + " " + one.verb();
      // The narrowest grant is the one that was needed.
      boolean isNarrow = granted.getOrDefault(one.namespace(), Set.of()).contains(right);
      unused.getOrDefault(isNarrow ? one.namespace() : "", new TreeSet<>()).remove(right);
    }
    Set<String> all = new TreeSet<>();
    unused.forEach(
        (namespace, rights) ->
            rights.stream()
                .filter(right -> !isGivenOn(namespace, right) && !JUSTIFIED.contains(right))
                .forEach(
                    right -> all.add(right + (namespace.isEmpty() ? "" : " in " + namespace))));
    return all;
  }

  /** Nobody may give what he has not. */
  Set<String> givenWithoutHaving() {
    Set<String> missing = new TreeSet<>(given);
    missing.removeAll(granted.getOrDefault("", Set.of()));
    missing.removeAll(granted.getOrDefault(OperatorInstallation.AGENTS_NAMESPACE, Set.of()));
    return missing;
  }

  private boolean isGivenOn(String namespace, String right) {
    return namespace.equals(OperatorInstallation.AGENTS_NAMESPACE) && given.contains(right);
  }
}

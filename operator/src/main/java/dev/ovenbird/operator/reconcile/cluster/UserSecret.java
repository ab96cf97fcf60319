package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.Pki;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.plan.kubernetes.ClusterObjects;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.UnresolvedException;
import io.fabric8.kubernetes.api.model.Secret;
import org.jspecify.annotations.Nullable;

/** The Secret in which a person keeps a cluster's users: instances get a copy of it. */
final class UserSecret {
  /** Bytes as base64; a Secret holds a mebibyte in all. */
  private static final int MAX_LENGTH = 700_000;

  private UserSecret() {}

  /**
   * Its users, base64; null if the cluster names none.
   *
   * @throws UnresolvedException saying how to make it
   */
  static @Nullable String read(OperatorContext context, VpnCluster cluster)
      throws UnresolvedException {
    Pki.SecretReference reference = cluster.getSpec().authentication().passwords().secretRef();
    if (reference == null) {
      return null;
    }
    String namespace = cluster.getMetadata().getNamespace();
    String name = reference.name();
    Secret secret = context.client().secrets().inNamespace(namespace).withName(name).get();
    String users =
        secret == null || secret.getData() == null
            ? null
            : secret.getData().get(ClusterObjects.USERS);
    String field =
        "Secret " + namespace + "/" + name + " (spec.authentication.passwords.secretRef) ";
    if (users == null) {
      throw new UnresolvedException(
          "UsersMissing",
          field
              + (secret == null ? "does not exist" : "has no key users")
              + "; make it with kubectl create secret generic "
              + name
              + " -n "
              + namespace
              + " --from-file=users=FILE, where ovenbird password NAME makes a line of FILE");
    }
    if (users.length() > MAX_LENGTH) {
      throw new UnresolvedException(
          "UsersTooMany", field + "is longer than instances take; use type HTTP for so many");
    }
    return users;
  }
}

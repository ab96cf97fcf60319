package dev.ovenbird.operator.reconcile.pki;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.apply.ForeignObjectException;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.UnresolvedException;
import dev.ovenbird.operator.reconcile.watch.Caches;
import dev.ovenbird.operator.reconcile.watch.SecretDigest;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The Secret that holds a cluster's authority. It is made by a plain create and changed under its
 * resourceVersion only: of two operators that both think they lead, one gets a conflict and uses
 * what the other made. An annotation with the digest of its data tells an edit by hand.
 */
final class AuthoritySecret {
  private final OperatorContext context;
  private final VpnCluster cluster;
  private final String namespace;
  private final String name;

  AuthoritySecret(OperatorContext context, VpnCluster cluster) {
    this.context = context;
    this.cluster = cluster;
    namespace = context.settings().operatorNamespace();
    name = ObjectNames.of(uid()).authority();
  }

  /** Data (base64 by key) of one version. */
  record Content(Map<String, String> data, String resourceVersion) {
    String digest() {
      return SecretDigest.of(data);
    }

    @Override
    public String toString() {
      return "Content " + digest();
    }
  }

  /** Digest of what the cache has; null if it has nothing. */
  @Nullable String cachedDigest() {
    Secret cached = context.caches().secrets().getStore().getByKey(namespace + "/" + name);
    return cached == null ? null : SecretDigest.of(cached);
  }

  /** Whether anything exists that an authority of this cluster has signed. */
  boolean hasSigned() {
    return context.caches().secrets().getIndexer().byIndex(Caches.BY_CLUSTER_UID, uid()).stream()
        .anyMatch(secret -> !name.equals(secret.getMetadata().getName()));
  }

  /**
   * Asks the API server; null if there is none.
   *
   * @throws UnresolvedException if it was edited by hand
   */
  @Nullable Content read() throws UnresolvedException, ForeignObjectException {
    Secret secret = context.client().secrets().inNamespace(namespace).withName(name).get();
    if (secret == null) {
      return null;
    }
    String written = Marks.annotation(secret, Marks.APPLIED);
    if (!Marks.isOurs(secret) || !uid().equals(Marks.label(secret, Marks.CLUSTER_UID))) {
      if (written == null) {
        throw new ForeignObjectException(secret);
      }
      throw damaged(
          "its labels were changed",
          "put them back with kubectl label --overwrite -n %s secret %s %s=%s %s=%s"
              .formatted(
                  namespace, name, Marks.MANAGED_BY, Marks.OPERATOR, Marks.CLUSTER_UID, uid()));
    }
    Content content =
        new Content(
            secret.getData() == null ? Map.of() : secret.getData(),
            secret.getMetadata().getResourceVersion());
    if (written != null && !written.equals(content.digest())) {
      throw damaged(
          "it was edited by hand",
          "restore it from a backup or, if the edit is meant, say so with kubectl annotate -n "
              + namespace
              + " secret "
              + name
              + " "
              + Marks.APPLIED
              + "-");
    }
    return content;
  }

  /** Makes it; null if there is one meanwhile. */
  @Nullable Content create(Map<String, String> data) {
    return written(data, () -> context.client().resource(secret(data, null)).create());
  }

  /** Replaces that version; null if it was not the last one. */
  @Nullable Content replace(Content before, Map<String, String> data) {
    String version = before.resourceVersion();
    return written(
        data,
        () ->
            context.client().resource(secret(data, version)).lockResourceVersion(version).update());
  }

  UnresolvedException damaged(String what, String remedy) {
    return new UnresolvedException(
        "AuthorityDamaged",
        "Secret "
            + this
            + " holds the certificate authority, but "
            + what
            + "; "
            + remedy
            + ". The operator makes no new one by itself, since that would void every profile.");
  }

  private Secret secret(Map<String, String> data, @Nullable String resourceVersion) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .withResourceVersion(resourceVersion)
        .withLabels(
            Marks.labels(
                cluster.getMetadata().getNamespace(), cluster.getMetadata().getName(), uid(), "ca"))
        .withAnnotations(Map.of(Marks.APPLIED, SecretDigest.of(data)))
        .endMetadata()
        .withType("Opaque")
        .withData(data)
        .build();
  }

  private static @Nullable Content written(Map<String, String> data, Supplier<Secret> write) {
    try {
      return new Content(data, write.get().getMetadata().getResourceVersion());
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        return null;
      }
      throw e;
    }
  }

  private String uid() {
    return cluster.getMetadata().getUid();
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}

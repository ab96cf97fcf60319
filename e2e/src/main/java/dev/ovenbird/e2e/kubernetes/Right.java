package dev.ovenbird.e2e.kubernetes;

import dev.ovenbird.e2e.process.Await;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;

/**
 * Something that roles let a user do. The API server judges by a view of its own of the roles,
 * which follows a write of them by a moment.
 *
 * @param user as the API server sees it: {@code system:serviceaccount:NAMESPACE:NAME}
 * @param group of the resource; empty for the core's
 * @param resource in the plural, without a subresource
 * @param namespace empty for all
 */
public record Right(String user, String verb, String group, String resource, String namespace) {
  private static final Duration SOON = Duration.ofSeconds(60);

  /** Waits until the API server lets the user do it. */
  public void awaitGiven(KubernetesClient admin) {
    await(admin, true);
  }

  /** Waits until the API server no longer lets the user do it. */
  public void awaitTaken(KubernetesClient admin) {
    await(admin, false);
  }

  private void await(KubernetesClient admin, boolean wanted) {
    Await.until(this + ": " + wanted, SOON, () -> isGiven(admin), given -> given.equals(wanted));
  }

  private Boolean isGiven(KubernetesClient admin) {
    return Boolean.TRUE.equals(
        admin
            .authorization()
            .v1()
            .subjectAccessReview()
            .create(
                new SubjectAccessReviewBuilder()
                    .withNewSpec()
                    .withUser(user)
                    .withNewResourceAttributes()
                    .withVerb(verb)
                    .withGroup(group)
                    .withResource(resource)
                    .withNamespace(namespace)
                    .endResourceAttributes()
                    .endSpec()
                    .build())
            .getStatus()
            .getAllowed());
  }
}

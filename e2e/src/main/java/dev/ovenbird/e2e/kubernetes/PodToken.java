package dev.ovenbird.e2e.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;

/** The token of a pod's ServiceAccount, bound to the pod, as the kubelet projects it. */
public final class PodToken {
  private static final long SECONDS = 3600;

  private PodToken() {}

  /**
   * @param admin may make tokens
   */
  public static String of(KubernetesClient admin, Pod pod) {
    return admin
        .serviceAccounts()
        .inNamespace(pod.getMetadata().getNamespace())
        .withName(pod.getSpec().getServiceAccountName())
        .tokenRequest(
            new TokenRequestBuilder()
                .withNewSpec()
                .withExpirationSeconds(SECONDS)
                .withNewBoundObjectRef(
                    "v1", "Pod", pod.getMetadata().getName(), pod.getMetadata().getUid())
                .endSpec()
                .build())
        .getStatus()
        .getToken();
  }
}

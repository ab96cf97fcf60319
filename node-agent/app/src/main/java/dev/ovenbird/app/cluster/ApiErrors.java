package dev.ovenbird.app.cluster;

import io.fabric8.kubernetes.client.KubernetesClientException;
import org.jspecify.annotations.Nullable;

/** What went wrong with the API server, in one line for a person. */
final class ApiErrors {
  private ApiErrors() {}

  static String text(KubernetesClientException e) {
    if (e.getStatus() != null && e.getStatus().getMessage() != null) {
      return oneLine(e.getStatus().getMessage());
    }
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage();
    return oneLine(
        message == null ? root.getClass().getSimpleName() : shortName(root) + ": " + message);
  }

  private static String shortName(Throwable root) {
    return root.getClass().getSimpleName();
  }

  static String oneLine(@Nullable String text) {
    return String.valueOf(text).replaceAll("\\s*\\R\\s*", " ");
  }
}

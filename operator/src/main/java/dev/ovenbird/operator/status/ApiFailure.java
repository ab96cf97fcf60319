package dev.ovenbird.operator.status;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Says in words what the API server refused. */
public final class ApiFailure {
  private static final int UNPROCESSABLE = 422;

  private static final Pattern FORBIDDEN =
      Pattern.compile(
          "cannot (\\w+) resource \"([^\"]+)\" in API group \"([^\"]*)\""
              + "(?: in the namespace \"([^\"]+)\")?");

  private ApiFailure() {}

  /** Null if trying again is all there is to do. */
  public static @Nullable Verdict verdict(KubernetesClientException failure) {
    return switch (failure.getCode()) {
      case HttpURLConnection.HTTP_FORBIDDEN -> Verdict.bad("Forbidden", forbidden(failure));
      case HttpURLConnection.HTTP_BAD_REQUEST, UNPROCESSABLE ->
          Verdict.bad(
              "Refused", "the API server refuses what the operator applies: " + said(failure));
      case HttpURLConnection.HTTP_NOT_FOUND ->
          Verdict.bad(
              "NotFound", said(failure) + "; make the namespace or install what is missing");
      default -> null;
    };
  }

  private static String forbidden(KubernetesClientException failure) {
    String said = said(failure);
    Matcher matcher = FORBIDDEN.matcher(said);
    if (!matcher.find()) {
      return "the API server forbids it to the operator: " + said;
    }
    String resource =
        matcher.group(3).isEmpty() ? matcher.group(2) : matcher.group(2) + "." + matcher.group(3);
    String namespace = matcher.group(4);
    return "the operator may not "
        + matcher.group(1)
        + " "
        + resource
        + (namespace == null ? "" : " in namespace " + namespace)
        + "; give its role the verb "
        + matcher.group(1)
        + " for "
        + resource
        + ", as the release's manifests do";
  }

  private static String said(KubernetesClientException failure) {
    String message = failure.getStatus() == null ? null : failure.getStatus().getMessage();
    return message == null ? String.valueOf(failure.getMessage()) : message;
  }
}

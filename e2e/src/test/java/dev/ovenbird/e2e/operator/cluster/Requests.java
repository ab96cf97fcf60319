package dev.ovenbird.e2e.operator.cluster;

import dev.ovenbird.e2e.kubernetes.ControlPlane;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What a client asks of the API server, as RBAC sees it; and conflicts in place of answers. */
final class Requests implements Interceptor {
  private final Set<Asked> asked = ConcurrentHashMap.newKeySet();
  private final Set<Asked> implied = ConcurrentHashMap.newKeySet();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private final boolean conflicts;

  /**
   * One request.
   *
   * @param namespace empty for all, or for what has none
   * @param resource with its group, {@code configmaps} or {@code daemonsets.apps}, and subresource
   */
  record Asked(String verb, String resource, String namespace) implements Comparable<Asked> {
    @Override
    public int compareTo(Asked other) {
      return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
      return resource + " " + verb + (namespace.isEmpty() ? "" : " in " + namespace);
    }
  }

  /**
   * @param conflicts whether the first write of each kind is answered with a conflict
   */
  Requests(boolean conflicts) {
    this.conflicts = conflicts;
  }

  KubernetesClient client(Path kubeconfig) {
    Config config =
        new ConfigBuilder(Config.fromKubeconfig(kubeconfig.toFile()))
            .withHttp2Disable(true)
            .build();
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientBuilderConsumer(builder -> builder.addOrReplaceInterceptor("asked", this))
        .build();
  }

  /** A client that has nothing but a token. */
  static KubernetesClient withToken(ControlPlane plane, String token) {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(Config.fromKubeconfig(plane.kubeconfig().toFile()))
                .withClientCertData(null)
                .withClientCertFile(null)
                .withClientKeyData(null)
                .withClientKeyFile(null)
                .withOauthToken(token)
                .build())
        .build();
  }

  Set<Asked> asked() {
    return new TreeSet<>(asked);
  }

  /** Rights that the API server may want besides. */
  Set<Asked> implied() {
    return new TreeSet<>(implied);
  }

  /** Kinds of writes that were answered with a conflict. */
  Set<String> refused() {
    return new TreeSet<>(refused);
  }

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    Asked one = parse(request.method(), request.uri());
    if (one == null) {
      return;
    }
    asked.add(one);
    if (one.verb().equals("patch") && !one.resource().contains("/") && isApply(request)) {
      // What is not there is made by it, for which the API server wants this right, too.
      implied.add(new Asked("create", one.resource(), one.namespace()));
    }
    String kind = one.verb() + " " + one.resource();
    if (conflicts && !request.method().equals("GET") && refused.add(kind)) {
      throw new KubernetesClientException(
          "injected conflict",
          HttpURLConnection.HTTP_CONFLICT,
          new StatusBuilder()
              .withCode(HttpURLConnection.HTTP_CONFLICT)
              .withReason("Conflict")
              .withMessage("injected conflict: the object has been modified")
              .build());
    }
  }

  private static boolean isApply(HttpRequest request) {
    return String.valueOf(request.uri().getQuery()).contains("force=true");
  }

  /** Null if it is about no resource. */
  private static @Nullable Asked parse(String method, URI uri) {
    List<String> path = Arrays.asList(uri.getPath().substring(1).split("/"));
    boolean isCore = path.getFirst().equals("api");
    if (!isCore && !path.getFirst().equals("apis")) {
      return null;
    }
    String group = isCore ? "" : path.get(1);
    List<String> rest = path.subList(isCore ? 2 : 3, path.size());
    String namespace = "";
    if (rest.size() > 2 && rest.getFirst().equals("namespaces")) {
      namespace = rest.get(1);
      rest = rest.subList(2, rest.size());
    }
    if (rest.isEmpty()) {
      return null;
    }
    boolean isNamed = rest.size() > 1;
    String resource =
        rest.getFirst()
            + (group.isEmpty() ? "" : "." + group)
            + (rest.size() > 2 ? "/" + rest.get(2) : "");
    String query = String.valueOf(uri.getQuery());
    String verb =
        switch (method) {
          case "GET" -> query.contains("watch=true") ? "watch" : isNamed ? "get" : "list";
          case "POST" -> "create";
          case "PUT" -> "update";
          case "PATCH" -> "patch";
          default -> isNamed ? "delete" : "deletecollection";
        };
    return new Asked(verb, resource, namespace);
  }
}

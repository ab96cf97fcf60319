package dev.ovenbird.e2e.operator.pki;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.OperatorSettings;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** Namespaces of its own on the shared API server, and operators' contexts that work there. */
final class PkiStage implements AutoCloseable {
  /** What other tests leave of the processors, too, has to be enough. */
  static final Duration SOON = Duration.ofSeconds(60);

  private final Scope scope = new Scope();
  private final ControlPlane plane = ControlPlane.shared();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final String users;
  private final OperatorSettings settings;

  PkiStage() {
    plane.installDefinitions();
    users = plane.namespace(scope, "users");
    scope.add(() -> plane.deleteClusters(users));
    settings =
        new OperatorSettings(
            plane.namespace(scope, "operator"), plane.namespace(scope, "agents"), "none");
  }

  Scope scope() {
    return scope;
  }

  ControlPlane plane() {
    return plane;
  }

  KubernetesClient client() {
    return plane.client();
  }

  OperatorSettings settings() {
    return settings;
  }

  /** Namespace of the clusters. */
  String users() {
    return users;
  }

  /** What an operator of its own process would have, its caches filled. */
  OperatorContext context() {
    return context(Clock.systemUTC());
  }

  OperatorContext context(Clock clock) {
    OperatorContext context = unstarted(clock);
    context.caches().start();
    scope.add(context.caches());
    return context;
  }

  /** The same with empty caches. */
  OperatorContext unstarted(Clock clock) {
    KubernetesClient client =
        scope.add(
            new KubernetesClientBuilder()
                .withHttpClientFactory(new JdkHttpClientFactory())
                .withConfig(config().build())
                .withHttpClientBuilderConsumer(
                    builder ->
                        builder.addOrReplaceInterceptor(
                            "requests",
                            new Interceptor() {
                              @Override
                              public void before(
                                  BasicBuilder request, HttpRequest http, RequestTags tags) {
                                requests.add(http.method() + " " + http.uri().getPath());
                              }
                            }))
                .build());
    return OperatorContext.of(client, settings, clock, new SecureRandom());
  }

  /** Method and path of what contexts asked of the API server since the last time. */
  List<String> requests() {
    List<String> all = List.copyOf(requests);
    requests.clear();
    return all;
  }

  /** Of the administrator. */
  ConfigBuilder config() {
    return new ConfigBuilder(Config.fromKubeconfig(plane.kubeconfig().toFile()))
        .withHttp2Disable(true);
  }

  /** A client that has nothing but a token. */
  KubernetesClient withToken(String token) {
    return scope.add(
        new KubernetesClientBuilder()
            .withHttpClientFactory(new JdkHttpClientFactory())
            .withConfig(
                config()
                    .withClientCertData(null)
                    .withClientCertFile(null)
                    .withClientKeyData(null)
                    .withClientKeyFile(null)
                    .withOauthToken(token)
                    .build())
            .build());
  }

  /**
   * Applies a VpnCluster with that {@code spec.pki.ca} and returns it as it then is. It has no
   * nodes: operators of other tests see it, too, and it must not be in their clusters' way.
   */
  VpnCluster cluster(String name, String ca) {
    String yaml =
        """
        apiVersion: ovenbird.dev/v1alpha1
        kind: VpnCluster
        metadata: {name: %s, namespace: %s}
        spec:
          networkCIDRs: [10.88.0.0/16]
          instances: {nodeSelector: {e2e.ovenbird.dev/nodes: none}}
          listeners: [{name: udp, protocol: UDP, port: 1194}]
          pki: {ca: %s}
        """
            .formatted(name, users, ca);
    var result = plane.apply(yaml);
    if (result.status() != 0) {
      throw new AssertionError(result.output());
    }
    return Objects.requireNonNull(
        client().resources(VpnCluster.class).inNamespace(users).withName(name).get());
  }

  /** Waits until a context's cache has the cluster. */
  static void awaitCached(OperatorContext context, VpnCluster cluster) {
    Await.until(
        "the cluster in the cache",
        SOON,
        () -> context.caches().clusters().getStore().list(),
        all ->
            all.stream()
                .anyMatch(
                    one -> one.getMetadata().getUid().equals(cluster.getMetadata().getUid())));
  }

  /** The Secret of a cluster's authority. */
  Secret authority(VpnCluster cluster) {
    return Objects.requireNonNull(
        client()
            .secrets()
            .inNamespace(settings.operatorNamespace())
            .withName(ObjectNames.of(cluster.getMetadata().getUid()).authority())
            .get());
  }

  static Map<String, String> base64(Map<String, String> texts) {
    return texts.entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                text ->
                    Base64.getEncoder()
                        .encodeToString(text.getValue().getBytes(StandardCharsets.UTF_8))));
  }

  @Override
  public void close() {
    scope.close();
  }
}

package dev.ovenbird.e2e.operator.client;

import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.crds.v1alpha1.Pki;
import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.operator.MovingClock;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.issue.CertificateAuthority;
import dev.ovenbird.operator.issue.IssuedCluster;
import dev.ovenbird.operator.issue.ServerKey;
import dev.ovenbird.operator.plan.Endpoint;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.OperatorSettings;
import dev.ovenbird.operator.reconcile.client.ClientReconciler;
import dev.ovenbird.operator.reconcile.roster.RosterReconciler;
import dev.ovenbird.operator.reconcile.written.RosterMaps;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A cluster's clients in namespaces of their own, with operators that have no other controllers:
 * what the cluster's controller would publish, the test does.
 */
final class ClientStage implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(60);

  final ControlPlane plane = ControlPlane.shared();
  final Scope scope = new Scope();
  final String users;
  final OperatorSettings settings;
  final Duration hold;
  final SecureRandom random = new SecureRandom();
  final MovingClock clock = new MovingClock();
  private final List<OperatorContext> contexts = new CopyOnWriteArrayList<>();

  /** By client: how often an operator has looked at it. */
  private final Map<String, Integer> looks = new ConcurrentHashMap<>();

  private @Nullable ClusterSnapshot snapshot;
  private boolean isPublished = true;
  private volatile Runnable whenPublished = () -> {};

  ClientStage() {
    this(Duration.ofHours(1));
  }

  ClientStage(Duration hold) {
    this.hold = hold;
    plane.installDefinitions();
    users = plane.namespace(scope, "users");
    scope.add(() -> plane.deleteClusters(users));
    OperatorSettings defaults =
        new OperatorSettings(
            plane.namespace(scope, "operator"), plane.namespace(scope, "agents"), "none");
    settings =
        new OperatorSettings(
            defaults.operatorNamespace(),
            defaults.agentsNamespace(),
            defaults.agentPods(),
            defaults.endpointSettle(),
            defaults.retireLimit(),
            hold);
  }

  KubernetesClient api() {
    return plane.client();
  }

  /** An operator that acts until it or the stage is closed. */
  final class Acting implements AutoCloseable {
    final OperatorContext context;
    private final KubernetesClient client;
    private final Operator operator;

    private Acting(Interceptor @Nullable [] interceptors) {
      client = client(interceptors);
      context = OperatorContext.of(client, settings, clock, random);
      context.clusters().onChange(any -> whenPublished.run());
      operator =
          new Operator(
              overrider ->
                  overrider
                      .withKubernetesClient(client)
                      .withCloseClientOnStop(false)
                      .withMetrics(new Looks())
                      .withConcurrentReconciliationThreads(8));
      operator.register(new ClientReconciler(context));
      operator.register(new RosterReconciler(context));
      if (snapshot != null && isPublished) {
        context.clusters().publish(snapshot);
      }
      contexts.add(context);
      context.caches().start();
      operator.start();
    }

    @Override
    public void close() {
      contexts.remove(context);
      operator.stop();
      context.caches().close();
      client.close();
    }
  }

  /** Counts looks at clients that are over. */
  private final class Looks implements Metrics {
    @Override
    public void finishedReconciliation(HasMetadata object, Map<String, Object> unused) {
      if (object instanceof VpnClient) {
        looks.merge(object.getMetadata().getName(), 1, Integer::sum);
      }
    }
  }

  /** How often operators have looked at a client. */
  int looks(String client) {
    return looks.getOrDefault(client, 0);
  }

  /** Waits until that is more than it was; how often by now. */
  int awaitLook(String client, int before) {
    return Await.until("a look at " + client, SOON, () -> looks(client), count -> count > before);
  }

  /** Whether operators that start are told of the cluster. */
  void publishes(boolean published) {
    isPublished = published;
  }

  /** What happens when a cluster can be found and controllers have not been told of it yet. */
  void whenPublished(Runnable meanwhile) {
    whenPublished = meanwhile;
  }

  Acting operator(Interceptor... interceptors) {
    return scope.add(new Acting(interceptors));
  }

  private KubernetesClient client(Interceptor @Nullable [] interceptors) {
    Config config =
        new ConfigBuilder(Config.fromKubeconfig(plane.kubeconfig().toFile()))
            .withHttp2Disable(true)
            .build();
    return new KubernetesClientBuilder()
        .withHttpClientFactory(new JdkHttpClientFactory())
        .withConfig(config)
        .withHttpClientBuilderConsumer(
            builder -> {
              for (int i = 0; interceptors != null && i < interceptors.length; i++) {
                builder.addOrReplaceInterceptor("test" + i, interceptors[i]);
              }
            })
        .build();
  }

  /**
   * Makes VpnCluster office; {@link #publish} tells the operators. It has no nodes: operators of
   * other tests see it, too, and it must not be in their clusters' way.
   */
  ClusterSnapshot cluster(String... networks) {
    List<String> cidrs = List.of(networks);
    VpnCluster made =
        api()
            .resource(
                Serialization.unmarshal(
                    """
                    apiVersion: ovenbird.dev/v1alpha1
                    kind: VpnCluster
                    metadata: {name: office, namespace: %s}
                    spec:
                      networkCIDRs: ["%s"]
                      instances: {nodeSelector: {e2e.ovenbird.dev/nodes: none}}
                    """
                        .formatted(users, String.join("\",\"", cidrs)),
                    VpnCluster.class))
            .create();
    String uid = made.getMetadata().getUid();
    CertificateAuthority authority =
        CertificateAuthority.generate(
            uid, new Pki.PrivateKey(Pki.KeyAlgorithm.ECDSA, 256), random, Instant.now());
    snapshot =
        new ClusterSnapshot(
            users,
            "office",
            uid,
            made.getSpec(),
            TunnelNetworks.of(cidrs),
            new IssuedCluster(
                1,
                authority,
                List.of(authority.certificate()),
                List.of(),
                List.of(new ServerKey(1, TlsCryptV2ServerKey.random(random).toPem()))),
            endpoints(3));
    return snapshot;
  }

  static SortedMap<String, List<Endpoint>> endpoints(int nodes) {
    SortedMap<String, List<Endpoint>> endpoints = new TreeMap<>();
    for (int i = 0; i < nodes; i++) {
      for (int lane = 0; lane < 2; lane++) {
        endpoints.put(
            "node-" + i + "/" + lane,
            List.of(
                new Endpoint("192.0.2." + i, 1194 + lane, Protocol.UDP),
                new Endpoint("192.0.2." + i, 8443 + lane, Protocol.TCP)));
      }
    }
    return endpoints;
  }

  ClusterSnapshot snapshot() {
    return Objects.requireNonNull(snapshot);
  }

  void publish(ClusterSnapshot next) {
    snapshot = next;
    contexts.forEach(context -> context.clusters().publish(next));
  }

  /** The next authority, with the one before still trusted. */
  ClusterSnapshot withNextAuthority(boolean overlap) {
    ClusterSnapshot before = snapshot();
    CertificateAuthority authority =
        CertificateAuthority.generate(
            before.uid(), new Pki.PrivateKey(Pki.KeyAlgorithm.ECDSA, 256), random, Instant.now());
    List<X509Certificate> trusted = new ArrayList<>();
    trusted.add(authority.certificate());
    if (overlap) {
      trusted.addAll(before.issued().trusted());
    }
    return new ClusterSnapshot(
        before.namespace(),
        before.name(),
        before.uid(),
        before.spec(),
        before.networks(),
        new IssuedCluster(
            before.issued().generation() + 1,
            authority,
            trusted,
            List.of(),
            before.issued().serverKeys()),
        before.endpoints());
  }

  ClusterSnapshot withTrusted(List<X509Certificate> trusted) {
    ClusterSnapshot before = snapshot();
    return new ClusterSnapshot(
        before.namespace(),
        before.name(),
        before.uid(),
        before.spec(),
        before.networks(),
        new IssuedCluster(
            before.issued().generation(),
            before.issued().authority(),
            trusted,
            List.of(),
            before.issued().serverKeys()),
        before.endpoints());
  }

  ClusterSnapshot withEndpoints(SortedMap<String, List<Endpoint>> endpoints) {
    ClusterSnapshot before = snapshot();
    return new ClusterSnapshot(
        before.namespace(),
        before.name(),
        before.uid(),
        before.spec(),
        before.networks(),
        before.issued(),
        endpoints);
  }

  /** The endpoints stay, and these are about to come. */
  ClusterSnapshot withPending(@Nullable SortedMap<String, List<Endpoint>> pending) {
    ClusterSnapshot before = snapshot();
    return new ClusterSnapshot(
        before.namespace(),
        before.name(),
        before.uid(),
        before.spec(),
        before.networks(),
        before.issued(),
        before.wrapKey(),
        before.endpoints(),
        pending);
  }

  VpnClient create(String name, String... addresses) {
    return create(name, "", addresses);
  }

  /**
   * @param more further fields of the spec as flow YAML, each beginning with a comma
   */
  VpnClient create(String name, String more, String[] addresses) {
    String list =
        addresses.length == 0 ? "" : ", addresses: [\"" + String.join("\",\"", addresses) + "\"]";
    return api()
        .resource(
            Serialization.unmarshal(
                """
                apiVersion: ovenbird.dev/v1alpha1
                kind: VpnClient
                metadata: {name: %s, namespace: %s}
                spec: {clusterRef: {name: office}%s%s}
                """
                    .formatted(name, users, list, more),
                VpnClient.class))
        .create();
  }

  /** {@code kubectl patch} with a JSON merge patch. */
  void patch(String name, String patch) {
    var result =
        plane.kubectl("patch", "vpnclient", name, "-n", users, "--type=merge", "-p", patch);
    if (result.status() != 0) {
      throw new IllegalStateException(result.output());
    }
  }

  void delete(String name) {
    api().resources(VpnClient.class).inNamespace(users).withName(name).delete();
  }

  @Nullable VpnClient find(String name) {
    return api().resources(VpnClient.class).inNamespace(users).withName(name).get();
  }

  VpnClient get(String name) {
    return Objects.requireNonNull(find(name), name);
  }

  List<VpnClient> clients() {
    return api().resources(VpnClient.class).inNamespace(users).list().getItems();
  }

  @Nullable Secret profile(String client) {
    return api().secrets().inNamespace(users).withName(client + "-profile").get();
  }

  String text(String client, String key) {
    Secret secret = Objects.requireNonNull(profile(client), client);
    return new String(
        Base64.getDecoder().decode(secret.getData().get(key)), StandardCharsets.UTF_8);
  }

  /** Waits until the Ready condition has this reason. */
  VpnClient awaitReason(String name, String reason) {
    return Objects.requireNonNull(
        Await.until(
            name + " " + reason,
            SOON,
            () -> find(name),
            client -> client != null && reason.equals(reason(client))));
  }

  VpnClient awaitReady(String name) {
    return awaitReason(name, "Ready");
  }

  static @Nullable String reason(VpnClient client) {
    Condition ready = condition(client, "Ready");
    return ready == null ? null : ready.getReason();
  }

  static @Nullable Condition condition(VpnClient client, String type) {
    return client.getStatus() == null
        ? null
        : client.getStatus().conditions().stream()
            .filter(condition -> condition.getType().equals(type))
            .findFirst()
            .orElse(null);
  }

  /** All shards together, by client name. */
  Map<String, Roster.Entry> roster() {
    Map<String, Roster.Entry> entries = new HashMap<>();
    for (String name : ObjectNames.of(snapshot().uid()).rosters(snapshot().networks())) {
      ConfigMap map =
          api().configMaps().inNamespace(settings.agentsNamespace()).withName(name).get();
      Roster roster = map == null ? null : RosterMaps.roster(map);
      if (roster != null) {
        roster.clients().forEach(entry -> entries.put(entry.name(), entry));
      }
    }
    return entries;
  }

  /** Waits until the roster's entry (null: none) is so. */
  Roster.@Nullable Entry awaitRoster(String client, Predicate<Roster.@Nullable Entry> wanted) {
    Map<String, Roster.Entry> all =
        Await.until(
            "roster of " + client, SOON, this::roster, roster -> wanted.test(roster.get(client)));
    return all.get(client);
  }

  /** All claims: address → text. */
  Map<String, String> claims() {
    Map<String, String> claims = new TreeMap<>();
    for (ConfigMap map :
        api()
            .configMaps()
            .inNamespace(settings.operatorNamespace())
            .withLabel("app.kubernetes.io/component", "claims")
            .list()
            .getItems()) {
      if (map.getData() != null) {
        claims.putAll(map.getData());
      }
    }
    return claims;
  }

  @Override
  public void close() {
    scope.close();
  }
}

package dev.ovenbird.operator.reconcile.watch;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.reconcile.OperatorSettings;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Filterable;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * One watch for each kind, read by all controllers. Bookkeeping that nobody reads is dropped on the
 * way in; of Secrets only a digest of their data is kept ({@link SecretDigest}).
 */
public final class Caches implements AutoCloseable {
  /** Index: clients by {@code namespace/cluster}. */
  public static final String BY_CLUSTER = "cluster";

  /** Index: clients with networks behind them, by {@code namespace/cluster} and {@link #ANY}. */
  public static final String BY_NETWORKS = "networks";

  /** In {@link #BY_NETWORKS}: whatever the cluster. */
  public static final String ANY = "*";

  /** Index: the operator's own objects and instances by cluster UID. */
  public static final String BY_CLUSTER_UID = "cluster-uid";

  /** Index: profile Secrets by client UID. */
  public static final String BY_CLIENT_UID = "client-uid";

  private final SharedIndexInformer<VpnCluster> clusters;
  private final SharedIndexInformer<VpnClient> clients;
  private final SharedIndexInformer<VpnInstance> instances;
  private final SharedIndexInformer<Node> nodes;
  private final SharedIndexInformer<DaemonSet> daemonSets;
  private final SharedIndexInformer<ConfigMap> configMaps;
  private final SharedIndexInformer<Secret> secrets;

  public Caches(KubernetesClient client, OperatorSettings settings) {
    String agents = settings.agentsNamespace();
    Map<String, Function<HasMetadata, List<String>>> byUid =
        Map.of(BY_CLUSTER_UID, byLabel(Marks.CLUSTER_UID));
    clusters = informer(client.resources(VpnCluster.class).inAnyNamespace(), Map.of());
    clients =
        informer(
            client.resources(VpnClient.class).inAnyNamespace(),
            Map.of(
                BY_CLUSTER,
                one -> List.of(cluster(one)),
                BY_NETWORKS,
                one ->
                    one.getSpec().routedCIDRs().isEmpty()
                        ? List.of()
                        : List.of(cluster(one), ANY)));
    instances = informer(client.resources(VpnInstance.class).inNamespace(agents), byUid);
    nodes = informer(client.nodes(), Map.of());
    daemonSets = informer(ours(client.apps().daemonSets().inNamespace(agents)), byUid);
    configMaps = informer(ours(client.configMaps().inAnyNamespace()), byUid);
    secrets =
        informer(
            ours(client.secrets().inAnyNamespace()),
            Map.of(
                BY_CLUSTER_UID, byLabel(Marks.CLUSTER_UID),
                BY_CLIENT_UID, byLabel(Marks.CLIENT_UID)),
            SecretDigest::reduce);
  }

  public SharedIndexInformer<VpnCluster> clusters() {
    return clusters;
  }

  /** A client's {@code namespace/cluster}. */
  public static String cluster(VpnClient client) {
    return client.getMetadata().getNamespace() + "/" + client.getSpec().clusterRef().name();
  }

  /** Of all namespaces; {@link #BY_CLUSTER}, {@link #BY_NETWORKS}. */
  public SharedIndexInformer<VpnClient> clients() {
    return clients;
  }

  /** {@link #BY_CLUSTER_UID}. */
  public SharedIndexInformer<VpnInstance> instances() {
    return instances;
  }

  public SharedIndexInformer<Node> nodes() {
    return nodes;
  }

  /** The operator's own; {@link #BY_CLUSTER_UID}. */
  public SharedIndexInformer<DaemonSet> daemonSets() {
    return daemonSets;
  }

  /** The operator's own; {@link #BY_CLUSTER_UID}. */
  public SharedIndexInformer<ConfigMap> configMaps() {
    return configMaps;
  }

  /** The operator's own, without their data; {@link #BY_CLUSTER_UID}, {@link #BY_CLIENT_UID}. */
  public SharedIndexInformer<Secret> secrets() {
    return secrets;
  }

  /** Returns when every cache is filled. */
  public void start() {
    CompletableFuture.allOf(
            all().stream()
                .map(informer -> informer.start().toCompletableFuture())
                .toArray(CompletableFuture[]::new))
        .join();
  }

  @Override
  public void close() {
    all().forEach(SharedIndexInformer::stop);
  }

  private List<SharedIndexInformer<?>> all() {
    return List.of(clusters, clients, instances, nodes, daemonSets, configMaps, secrets);
  }

  private static <T extends HasMetadata> Informable<T> ours(
      Filterable<? extends Informable<T>> resources) {
    return resources.withLabel(Marks.MANAGED_BY, Marks.OPERATOR);
  }

  private static <T extends HasMetadata> SharedIndexInformer<T> informer(
      Informable<T> resources, Map<String, ? extends Function<? super T, List<String>>> indexers) {
    return informer(resources, indexers, UnaryOperator.identity());
  }

  private static <T extends HasMetadata> SharedIndexInformer<T> informer(
      Informable<T> resources,
      Map<String, ? extends Function<? super T, List<String>>> indexers,
      UnaryOperator<T> reduce) {
    SharedIndexInformer<T> informer =
        resources
            .runnableInformer(0)
            .itemStore(
                new TransformingItemStore<>(
                    object -> {
                      object.getMetadata().setManagedFields(List.of());
                      return reduce.apply(object);
                    }));
    Map<String, Function<T, List<String>>> own = new HashMap<>();
    indexers.forEach((name, index) -> own.put(name, index::apply));
    return informer.addIndexers(own);
  }

  private static Function<HasMetadata, List<String>> byLabel(String label) {
    return object -> {
      String value = Marks.label(object, label);
      return value == null ? List.of() : List.of(value);
    };
  }
}

package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.issue.AddressClaims;
import dev.ovenbird.operator.issue.AddressClaims.Request;
import dev.ovenbird.operator.issue.Claim;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.watch.Caches;
import dev.ovenbird.operator.reconcile.written.ClaimMaps;
import dev.ovenbird.operator.reconcile.written.RosterMaps;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A cluster's claims in ConfigMaps of the operator's namespace. */
final class ConfigMapClaims implements ClaimStore {
  /** Annotation of a roster: changes whenever a released address is handed on. */
  private static final String FENCE = "ovenbird.dev/fence";

  private final OperatorContext context;
  private final ClusterSnapshot cluster;
  private final ObjectNames names;
  private Map<String, Block> parsed = Map.of();

  ConfigMapClaims(OperatorContext context, ClusterSnapshot cluster) {
    this.context = context;
    this.cluster = cluster;
    names = ObjectNames.of(cluster.uid());
  }

  @Override
  public Map<Integer, Block> read() {
    Map<String, Block> next = new HashMap<>();
    Map<Integer, Block> blocks = new TreeMap<>();
    for (ConfigMap map :
        context
            .client()
            .configMaps()
            .inNamespace(context.settings().operatorNamespace())
            .withLabels(
                Map.of(
                    Marks.MANAGED_BY, Marks.OPERATOR,
                    Marks.CLUSTER_UID, cluster.uid(),
                    Marks.COMPONENT, ClaimMaps.COMPONENT))
            .list()
            .getItems()) {
      int index = ClaimMaps.block(map, cluster.uid());
      if (index >= 0) {
        String version = map.getMetadata().getResourceVersion();
        Block known = parsed.get(version);
        Block block =
            known != null && known.index() == index
                ? known
                : new Block(index, version, ClaimMaps.claims(map, cluster.networks()));
        next.put(version, block);
        blocks.put(index, block);
      }
    }
    parsed = next;
    return blocks;
  }

  @Override
  public boolean write(Block block) {
    ConfigMap map =
        new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace(context.settings().operatorNamespace())
            .withName(names.claims(block.index()))
            .withLabels(
                Marks.labels(
                    cluster.namespace(), cluster.name(), cluster.uid(), ClaimMaps.COMPONENT))
            .withResourceVersion(block.version())
            .endMetadata()
            .withData(ClaimMaps.data(block.claims(), cluster.networks()))
            .build();
    return done(map);
  }

  private boolean done(ConfigMap map) {
    Resource<ConfigMap> resource = context.client().configMaps().resource(map);
    try {
      if (map.getMetadata().getResourceVersion() == null) {
        resource.create();
      } else {
        resource.update();
      }
      return true;
    } catch (KubernetesClientException e) {
      // 404: deleted since it was read.
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT
          || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public @Nullable Request client(String name) {
    String prefix = cluster.namespace() + "/";
    if (!name.startsWith(prefix)) {
      return null;
    }
    VpnClient client =
        context
            .client()
            .resources(VpnClient.class)
            .inNamespace(cluster.namespace())
            .withName(name.substring(prefix.length()))
            .get();
    return client == null ? null : request(client);
  }

  @Override
  public Map<String, Request> clients() {
    Map<String, Request> requests = new HashMap<>();
    for (VpnClient client :
        context
            .client()
            .resources(VpnClient.class)
            .inNamespace(cluster.namespace())
            .withField("spec.clusterRef.name", cluster.name())
            .list()
            .getItems()) {
      Request request = request(client);
      if (request != null && request.wanted() != null) {
        requests.put(request.uid(), request);
      }
    }
    return requests;
  }

  /** Null if it is another cluster's, or names what no client can have. */
  private @Nullable Request request(VpnClient client) {
    if (!client.getSpec().clusterRef().name().equals(cluster.name())) {
      return null;
    }
    SpecAddresses named = SpecAddresses.of(client.getSpec().addresses(), cluster.networks());
    return named.fault() != null ? null : request(client, named.ipv4());
  }

  static Request request(VpnClient client, @Nullable IpAddress wanted) {
    return new Request(
        client.getMetadata().getUid(),
        client.getMetadata().getNamespace() + "/" + client.getMetadata().getName(),
        wanted,
        Instant.parse(client.getMetadata().getCreationTimestamp()));
  }

  @Override
  public Set<Integer> named() {
    Set<Integer> named = new HashSet<>();
    for (VpnClient client :
        context
            .caches()
            .clients()
            .getIndexer()
            .byIndex(Caches.BY_CLUSTER, cluster.namespace() + "/" + cluster.name())) {
      List<String> addresses = client.getSpec().addresses();
      IpAddress ipv4 = addresses.isEmpty() ? null : IpAddress.parse(addresses.getFirst());
      if (ipv4 != null && cluster.networks().ipv4().contains(ipv4)) {
        named.add(AddressClaims.number(cluster.networks(), ipv4));
      }
    }
    return named;
  }

  @Override
  public Map<Integer, Claim> fence(Map<Integer, Claim> released) {
    int shards = ObjectNames.rosterShards(cluster.networks());
    Map<Integer, Map<Integer, Claim>> byShard = new TreeMap<>();
    Map<Integer, Claim> fenced = new HashMap<>();
    released.forEach(
        (number, claim) -> {
          int shard = shard(claim.uid(), shards);
          if (shard < 0) {
            fenced.put(number, claim); // No client has such a UID.
          } else {
            byShard.computeIfAbsent(shard, any -> new TreeMap<>()).put(number, claim);
          }
        });
    byShard.forEach((shard, claims) -> fenced.putAll(fence(shard, claims)));
    return fenced;
  }

  private Map<Integer, Claim> fence(int shard, Map<Integer, Claim> released) {
    ConfigMap map =
        context
            .client()
            .configMaps()
            .inNamespace(context.settings().agentsNamespace())
            .withName(names.roster(shard))
            .get();
    Map<Integer, Claim> absent = new HashMap<>(released);
    if (map == null) {
      map = empty(shard);
    } else {
      Map<String, List<String>> listed = listed(map);
      if (listed == null) {
        return Map.of(); // The roster's own controller mends it first.
      }
      absent
          .entrySet()
          .removeIf(
              entry ->
                  listed
                      .getOrDefault(entry.getValue().uid(), List.of())
                      .contains(
                          AddressClaims.address(cluster.networks(), entry.getKey()).toString()));
      if (absent.isEmpty()) {
        return Map.of();
      }
    }
    return touched(map) ? absent : Map.of();
  }

  @Override
  public @Nullable Map<Integer, Claim> fenceAll() {
    Map<Integer, Claim> listed = new HashMap<>();
    for (String name : names.rosters(cluster.networks())) {
      int shard = Integer.parseInt(name.substring(name.lastIndexOf('-') + 1));
      ConfigMap map =
          context
              .client()
              .configMaps()
              .inNamespace(context.settings().agentsNamespace())
              .withName(name)
              .get();
      Roster roster = map == null ? null : RosterMaps.roster(map);
      if (roster != null) {
        for (Roster.Entry entry : roster.clients()) {
          IpAddress ipv4 =
              entry.addresses().isEmpty() ? null : IpAddress.parse(entry.addresses().getFirst());
          if (ipv4 != null && cluster.networks().ipv4().contains(ipv4)) {
            listed.put(
                AddressClaims.number(cluster.networks(), ipv4),
                new Claim(entry.uid(), cluster.namespace() + "/" + entry.name(), null));
          }
        }
      }
      if (!touched(map == null ? empty(shard) : map)) {
        return null;
      }
    }
    return listed;
  }

  private ConfigMap empty(int shard) {
    return RosterMaps.configMap(
        context.settings().agentsNamespace(),
        cluster,
        shard,
        new Roster(cluster.uid(), 1, context.clock().instant().getEpochSecond(), List.of()));
  }

  private boolean touched(ConfigMap map) {
    Map<String, String> annotations = new HashMap<>();
    if (map.getMetadata().getAnnotations() != null) {
      annotations.putAll(map.getMetadata().getAnnotations());
    }
    annotations.put(FENCE, new UUID(context.random().nextLong(), 0).toString());
    map.getMetadata().setAnnotations(annotations);
    return done(map);
  }

  private static @Nullable Map<String, List<String>> listed(ConfigMap map) {
    Roster roster = RosterMaps.roster(map);
    if (roster == null) {
      return null;
    }
    Map<String, List<String>> listed = new HashMap<>();
    roster.clients().forEach(entry -> listed.put(entry.uid(), entry.addresses()));
    return listed;
  }

  private static int shard(String uid, int shards) {
    try {
      return ObjectNames.rosterShard(uid, shards);
    } catch (IllegalArgumentException e) {
      return -1;
    }
  }
}

package dev.ovenbird.operator.plan.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.operator.plan.Node;
import dev.ovenbird.operator.plan.Planner;
import dev.ovenbird.operator.resolve.ResolvedCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * What lies in the agents' namespace for a cluster, but for its instances and its roster.
 *
 * @param access ServiceAccount, Role and RoleBinding
 * @param configs by lane; also of lanes that are being retired only if {@link #daemonSets} has them
 * @param daemonSets by lane, those that should be; lanes that are being retired left out
 */
public record ClusterObjects(
    List<HasMetadata> access,
    Secret keys,
    SortedMap<Integer, ConfigMap> configs,
    SortedMap<Integer, DaemonSet> daemonSets) {
  /** Key of users in their Secret, in the person's as in the agents'. */
  public static final String USERS = "users";

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /**
   * Renders them; the same inputs give the same objects.
   *
   * @param nodes that run instances
   * @param neighbours all nodes, these too
   * @param lanes all that there are, also those that are being retired
   */
  public static ClusterObjects render(
      ResolvedCluster cluster,
      Owner owner,
      AgentPods pods,
      List<Node> nodes,
      List<Node> neighbours,
      SortedSet<Integer> lanes,
      ServerSecrets secrets) {
    List<String> rosters = owner.names().rosters(cluster.networks());
    List<String> configMaps = new ArrayList<>();
    lanes.forEach(lane -> configMaps.add(owner.names().config(lane)));
    configMaps.addAll(rosters);
    SortedMap<Integer, ConfigMap> configs = new TreeMap<>();
    SortedMap<Integer, DaemonSet> daemonSets = new TreeMap<>();
    AgentLayout layout = new AgentLayout(cluster.spec().instances().metricsPort());
    Planner.lanes(cluster, owner.uid(), nodes, neighbours, layout)
        .forEach(
            (lane, config) -> {
              configs.put(lane, config(owner, lane, config));
              daemonSets.put(
                  lane,
                  new AgentDaemonSet(owner, cluster.spec(), pods, lane, rosters.size()).render());
            });
    return new ClusterObjects(
        AgentAccess.render(owner, configMaps), keys(owner, secrets), configs, daemonSets);
  }

  /** All of them, in the order in which they are made. */
  public List<HasMetadata> all() {
    List<HasMetadata> all = new ArrayList<>(access);
    all.add(keys);
    all.addAll(configs.values());
    all.addAll(daemonSets.values());
    return all;
  }

  private static ConfigMap config(Owner owner, int lane, InstanceConfig config) {
    try {
      return new ConfigMapBuilder()
          .withMetadata(owner.metadata(owner.names().config(lane), "config", lane))
          .withData(Map.of("instance.json", JSON.writeValueAsString(config) + "\n"))
          .build();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write the configuration of lane " + lane, e);
    }
  }

  private static Secret keys(Owner owner, ServerSecrets secrets) {
    List<String> keys = new ArrayList<>(secrets.tlsCryptV2Keys());
    keys.addAll(secrets.staticKeys());
    keys.addAll(secrets.tokenKeys());
    Map<String, String> data = new TreeMap<>();
    data.put("tls-crypt-v2.keys", base64(keys));
    data.put("client-cas.pem", base64(secrets.clientCas()));
    data.put("cross.pem", base64(secrets.crossCertificates()));
    if (secrets.users() != null) {
      data.put(USERS, secrets.users());
    }
    return new SecretBuilder()
        .withMetadata(owner.metadata(owner.names().serverKeys(), "keys"))
        .withType("Opaque")
        .withData(data)
        .build();
  }

  private static String base64(List<String> pems) {
    StringBuilder text = new StringBuilder();
    pems.forEach(pem -> text.append(pem.strip()).append('\n'));
    return Base64.getEncoder().encodeToString(text.toString().getBytes(StandardCharsets.UTF_8));
  }
}

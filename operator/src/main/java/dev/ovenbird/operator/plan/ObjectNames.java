package dev.ovenbird.operator.plan;

import dev.ovenbird.operator.address.TunnelNetworks;
import java.math.BigInteger;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * Names of what the operator makes for a cluster. They come from the cluster's UID, so that two
 * clusters of one name never meet; only people's objects carry people's names.
 */
public final class ObjectNames {
  /** Watches of each agent are one per shard, so there are few. */
  private static final int MAX_ROSTER_SHARDS = 16;

  private static final int ADDRESSES_PER_ROSTER_SHARD = 256;

  private final String prefix;

  private ObjectNames(String prefix) {
    this.prefix = prefix;
  }

  public static ObjectNames of(String clusterUid) {
    return new ObjectNames(
        "ovb-" + UUID.fromString(clusterUid).toString().replace("-", "").substring(0, 8));
  }

  /** Agents' ServiceAccount, Role and RoleBinding. */
  public String agents() {
    return prefix;
  }

  /** DaemonSet of a lane. */
  public String daemonSet(int lane) {
    return prefix + "-" + lane;
  }

  /** ConfigMap with a lane's {@code instance.json}, the same on every node. */
  public String config(int lane) {
    return prefix + "-config-" + lane;
  }

  /** ConfigMap with {@code roster.json}. */
  public String roster(int shard) {
    return prefix + "-roster-" + shard;
  }

  public List<String> rosters(TunnelNetworks networks) {
    return IntStream.range(0, rosterShards(networks)).mapToObj(this::roster).toList();
  }

  /** Secret of the agents' namespace: tls-crypt-v2 server keys and the clients' CAs. */
  public String serverKeys() {
    return prefix + "-keys";
  }

  /** Secret of the operator's namespace: the certificate authority, all its generations. */
  public String authority() {
    return prefix + "-ca";
  }

  /** ConfigMap of the operator's namespace: one block of address claims. */
  public String claims(int block) {
    return prefix + "-claims-" + block;
  }

  /** VpnInstance; people read it. */
  public static String instance(String namespace, String cluster, int lane, String node) {
    return namespace + "." + cluster + "." + lane + "." + node;
  }

  /** How many shards a cluster's roster has: fixed by its networks, which never change. */
  public static int rosterShards(TunnelNetworks networks) {
    BigInteger hosts =
        networks.lastHost().value().subtract(networks.firstHost().value()).add(BigInteger.ONE);
    int wanted =
        hosts
            .divide(BigInteger.valueOf(ADDRESSES_PER_ROSTER_SHARD))
            .min(BigInteger.valueOf(MAX_ROSTER_SHARDS))
            .intValue();
    return Math.max(1, Integer.highestOneBit(Math.max(1, wanted)));
  }

  /** The shard that lists a client. */
  public static int rosterShard(String clientUid, int shards) {
    return Math.floorMod(UUID.fromString(clientUid).hashCode(), shards);
  }
}

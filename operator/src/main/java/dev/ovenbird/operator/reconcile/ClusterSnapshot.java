package dev.ovenbird.operator.reconcile;

import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.issue.IssuedCluster;
import dev.ovenbird.operator.issue.ServerKey;
import dev.ovenbird.operator.plan.Endpoint;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A cluster that was accepted, with all that its clients' profiles and roster are made from.
 *
 * @param uid of the VpnCluster
 * @param wrapKey the server key that wraps profiles' keys; one of the issued
 * @param endpoints by instance ({@code node/lane}, or the slot with endpoints.type DNS); debounced
 * @param pending endpoints that will be published if no further change comes; null if none wait
 */
public record ClusterSnapshot(
    String namespace,
    String name,
    String uid,
    VpnClusterSpec spec,
    TunnelNetworks networks,
    IssuedCluster issued,
    ServerKey wrapKey,
    SortedMap<String, List<Endpoint>> endpoints,
    @Nullable SortedMap<String, List<Endpoint>> pending) {

  /** With endpoints that are settled, and the newest server key. */
  public ClusterSnapshot(
      String namespace,
      String name,
      String uid,
      VpnClusterSpec spec,
      TunnelNetworks networks,
      IssuedCluster issued,
      SortedMap<String, List<Endpoint>> endpoints) {
    this(
        namespace,
        name,
        uid,
        spec,
        networks,
        issued,
        issued.serverKeys().getFirst(),
        endpoints,
        null);
  }
}

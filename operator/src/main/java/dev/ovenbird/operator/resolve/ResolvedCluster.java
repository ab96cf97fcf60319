package dev.ovenbird.operator.resolve;

import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import dev.ovenbird.operator.address.TunnelNetworks;
import java.util.List;

/**
 * A cluster and its clients, checked.
 *
 * @param clients sorted by name
 */
public record ResolvedCluster(
    String namespace,
    String name,
    VpnClusterSpec spec,
    TunnelNetworks networks,
    List<ResolvedClient> clients) {

  /** The same cluster with other clients. */
  public ResolvedCluster withClients(List<ResolvedClient> others) {
    return new ResolvedCluster(namespace, name, spec, networks, List.copyOf(others));
  }
}

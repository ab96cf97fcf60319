package dev.ovenbird.operator.resolve;

import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import dev.ovenbird.operator.address.TunnelNetworks;
import java.util.List;

/**
 * A cluster and its clients, checked.
 *
 * @param clients sorted by name
 * @param line where the cluster begins, for problems found later
 */
public record ResolvedCluster(
    String namespace,
    String name,
    VpnClusterSpec spec,
    TunnelNetworks networks,
    List<ResolvedClient> clients,
    int line) {}

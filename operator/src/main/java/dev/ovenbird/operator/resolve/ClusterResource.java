package dev.ovenbird.operator.resolve;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.address.TunnelNetworks;
import java.util.ArrayList;
import java.util.List;

/**
 * Resolves a VpnCluster of the API server by the rules of files. The CRD says most of them already;
 * an object may be older than its CRD.
 */
public final class ClusterResource {
  private ClusterResource() {}

  /**
   * The cluster without its clients.
   *
   * @throws InvalidInputException with one line for each problem
   */
  public static ResolvedCluster resolve(VpnCluster cluster) throws InvalidInputException {
    List<Problem> problems = new ArrayList<>();
    Problems found = (field, message) -> problems.add(new Problem(0, field, message));
    new ClusterCheck(cluster.getSpec(), found).check();
    TunnelNetworks networks = new NetworkCheck(found).check(cluster.getSpec().networkCIDRs());
    if (networks == null || !problems.isEmpty()) {
      throw new InvalidInputException(problems);
    }
    return new ResolvedCluster(
        cluster.getMetadata().getNamespace(),
        cluster.getMetadata().getName(),
        cluster.getSpec(),
        networks,
        List.of(),
        0);
  }
}

package dev.ovenbird.operator.reconcile;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.apply.ForeignObjectException;
import dev.ovenbird.operator.issue.IssuedCluster;

/** Keeps a cluster's certificate authority and server keys, and makes what is missing. */
public interface ClusterIssuer {
  /**
   * What the cluster's spec asks for; the same every time until the spec or a Secret changes.
   *
   * @throws UnresolvedException if a referenced Secret is missing or unusable
   * @throws ForeignObjectException if somebody's Secret is where the operator's would go
   */
  IssuedCluster issue(VpnCluster cluster) throws UnresolvedException, ForeignObjectException;
}

/** Keeps VpnClusters: from spec and nodes to agents, instances, names and status. */
@NullMarked
package dev.ovenbird.operator.reconcile.cluster;

import org.jspecify.annotations.NullMarked;

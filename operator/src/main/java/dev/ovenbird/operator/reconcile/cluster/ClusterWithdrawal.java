package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.reconcile.OperatorContext;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Takes a cluster off its nodes while it stays: for an operator that is uninstalled. Authority and
 * address claims stay with it, so that an operator that comes back finds everybody's profile valid.
 */
public final class ClusterWithdrawal {
  private final ClusterRemoval removal;

  /**
   * @param context its caches are filled; no other operator acts
   */
  public ClusterWithdrawal(OperatorContext context, VpnCluster cluster) {
    Memory memory = new Memory(Duration.ZERO);
    removal = ClusterRemoval.withdrawing(context, memory, cluster);
  }

  /** Does what can be done now; call it until it is true. */
  public boolean isDone() {
    @Nullable Duration wait = removal.run();
    return wait == null;
  }
}

package dev.ovenbird.operator.plan.kubernetes;

import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How instances end: their clients are sent away, then what they made on the node is removed, and
 * only when the agent says that it has is the instance gone. A node that is gone, or silent beyond
 * a limit, is not waited for.
 *
 * @param daemonSets by lane, as they are
 * @param left by name: nodes that the cluster no longer selects
 * @param hasPod whether an agent is there to act, asked of instances on nodes that were left only
 */
public record Retirement(
    Map<Integer, DaemonSet> daemonSets,
    Map<String, Placement> left,
    Predicate<VpnInstance> hasPod,
    Duration limit,
    Instant now) {

  /** What an instance that is no longer wanted is to do next. */
  Mode next(VpnInstance instance, Placement placement) {
    Mode asked = instance.getSpec().mode();
    return asked == Mode.Retire
            || (asked == Mode.Drain && carriedOut(instance) == Mode.Drain)
            || !isAwaited(instance, placement)
        ? Mode.Retire
        : Mode.Drain;
  }

  /** Whether nothing is left to wait for. */
  public boolean isOver(VpnInstance instance, @Nullable Placement placement) {
    return placement == null
        || !isAwaited(instance, placement)
        || (instance.getSpec().mode() == Mode.Retire && carriedOut(instance) == Mode.Retire);
  }

  private boolean isAwaited(VpnInstance instance, Placement placement) {
    Instant silent = placement.notReadySince();
    if (silent != null && !now.isBefore(silent.plus(limit))) {
      return false;
    }
    if (left.containsKey(instance.getSpec().nodeName())) {
      return hasPod.test(instance);
    }
    DaemonSet daemonSet = daemonSets.get(instance.getSpec().lane());
    // An agent that never came up has made nothing; it may be about to, if its fellows are up.
    return carriedOut(instance) != null || (daemonSet != null && Rollout.ready(daemonSet) > 0);
  }

  private static @Nullable Mode carriedOut(VpnInstance instance) {
    return instance.getStatus() == null ? null : instance.getStatus().mode();
  }
}

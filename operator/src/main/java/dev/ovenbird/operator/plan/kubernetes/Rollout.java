package dev.ovenbird.operator.plan.kubernetes;

import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import org.jspecify.annotations.Nullable;

/** How far a lane's pods are; lanes are rolled one after the other. */
public final class Rollout {
  private Rollout() {}

  /**
   * Whether every pod is of the newest template and available.
   *
   * @param dead nodes that are not ready: nobody waits for the pods there
   */
  public static boolean isSettled(DaemonSet daemonSet, int dead) {
    DaemonSetStatus status = daemonSet.getStatus();
    if (status == null || status.getObservedGeneration() == null) {
      return false;
    }
    int desired = number(status.getDesiredNumberScheduled()) - dead;
    return status.getObservedGeneration() >= daemonSet.getMetadata().getGeneration()
        && number(status.getUpdatedNumberScheduled()) >= desired
        && number(status.getNumberAvailable()) >= desired;
  }

  /** Whether nodes wait for pods that nobody has made. */
  public static boolean lacksPods(DaemonSet daemonSet) {
    DaemonSetStatus status = daemonSet.getStatus();
    return status != null
        && number(status.getCurrentNumberScheduled()) < number(status.getDesiredNumberScheduled());
  }

  public static int ready(DaemonSet daemonSet) {
    return daemonSet.getStatus() == null ? 0 : number(daemonSet.getStatus().getNumberReady());
  }

  private static int number(@Nullable Integer number) {
    return number == null ? 0 : number;
  }
}

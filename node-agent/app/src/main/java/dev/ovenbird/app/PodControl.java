package dev.ovenbird.app;

import dev.ovenbird.app.cluster.ClusterSource;
import dev.ovenbird.app.control.ControlActions;
import org.jspecify.annotations.Nullable;

/**
 * Answers probes of a pod from its first moment, when there is no instance yet, and hands the
 * instance to the cluster's side.
 */
final class PodControl implements ControlActions {
  private final ClusterSource cluster;
  private final Runnable exit;
  private volatile @Nullable Instance instance;

  PodControl(ClusterSource cluster, Runnable exit) {
    this.cluster = cluster;
    this.exit = exit;
  }

  /** It serves. */
  void serving(Instance started) {
    instance = started;
    cluster.serving(new SteeredInstance(started));
  }

  /** A pod that stands by is ready: the one before it ends only when Kubernetes sees that. */
  @Override
  public String status() {
    Instance running = instance;
    return running == null || running.hasEnded()
        ? "{\"ready\":"
            + cluster.isStandby()
            + ",\"accepting\":false,\"phase\":\""
            + (cluster.isRetired() ? "retired" : cluster.isStandby() ? "standby" : "waiting")
            + "\",\"sessions\":[]}"
        : running.status();
  }

  @Override
  public void acceptNewSessions(boolean accept) {
    running().acceptNewSessions(accept);
  }

  @Override
  public void stop() {
    Instance running = instance;
    if (running != null) {
      running.stop();
    }
  }

  /** What is to go from the node is the operator's word, by the instance's mode. */
  @Override
  public void retire() {
    throw new IllegalStateException("set the mode of the VpnInstance to Retire instead");
  }

  @Override
  public void exit() {
    exit.run();
  }

  private Instance running() {
    Instance running = instance;
    if (running == null) {
      throw new IllegalStateException("nothing serves yet");
    }
    return running;
  }
}

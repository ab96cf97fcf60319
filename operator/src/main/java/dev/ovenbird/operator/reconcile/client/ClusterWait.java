package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.status.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What a client is told while there is no cluster for it to work with. */
final class ClusterWait {
  /** A cluster that was not looked at yet is no news. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final OperatorContext context;
  private final Map<String, Instant> unacceptedSince = new ConcurrentHashMap<>();

  /**
   * What to say and when to look again.
   *
   * @param why null while there is nothing to say
   * @param isThere whether the cluster exists
   * @param again null if an event will tell
   */
  record Outcome(@Nullable Verdict why, boolean isThere, @Nullable Duration again) {}

  ClusterWait(OperatorContext context) {
    this.context = context;
  }

  /** The cluster is there and accepted. */
  void isOver(String namespace, String name) {
    unacceptedSince.remove(namespace + "/" + name);
  }

  Outcome of(String namespace, String name) {
    String key = namespace + "/" + name;
    VpnCluster cluster = context.caches().clusters().getStore().getByKey(key);
    if (cluster == null || cluster.getMetadata().getDeletionTimestamp() != null) {
      unacceptedSince.remove(key);
      return new Outcome(
          Verdict.bad(
              "ClusterMissing",
              "there is no VpnCluster "
                  + name
                  + " in namespace "
                  + namespace
                  + "; make it, or make a VpnClient for another"),
          false,
          null);
    }
    Instant now = context.clock().instant();
    Instant since = unacceptedSince.computeIfAbsent(key, any -> now).plus(GRACE);
    if (now.isBefore(since)) {
      return new Outcome(null, true, Duration.between(now, since).plusMillis(1));
    }
    return new Outcome(
        Verdict.bad(
            "ClusterNotAccepted",
            "VpnCluster " + name + " is not accepted yet; its own conditions say why"),
        true,
        null);
  }
}

package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.reconcile.watch.Newest;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the controller remembers of a cluster between two looks; all of it may be lost. */
final class Memory {
  /** Access objects have no watch: they are looked at this often. */
  private static final Duration RESYNC = Duration.ofMinutes(10);

  /** Clients come by the thousand: their number is no reason to write at once. */
  private static final Duration COUNT_EVERY = Duration.ofSeconds(5);

  final EndpointSettling settling;
  private Instant looked = Instant.EPOCH;
  private long lookedFor;
  private Instant written = Instant.EPOCH;
  private @Nullable VpnCluster cluster;
  private boolean isUnsure;

  Memory(Duration endpointSettle) {
    settling = new EndpointSettling(endpointSettle);
  }

  /** Whether to look at what has no watch. */
  boolean isLookDue(long digest, Instant now) {
    return lookedFor != digest || !now.isBefore(looked.plus(RESYNC));
  }

  void looked(long digest, Instant now) {
    lookedFor = digest;
    looked = now;
  }

  boolean isCountDue(Instant now) {
    return !now.isBefore(written.plus(COUNT_EVERY));
  }

  /** A status is about to be written: until it is known to be, nobody knows what is there. */
  void writesStatus() {
    isUnsure = true;
  }

  /** A status was written, and this is the cluster with it. */
  void wroteStatus(VpnCluster cluster, Instant now) {
    this.cluster = cluster;
    written = now;
    isUnsure = false;
  }

  /** Whether what the caches have may have been overwritten by an attempt that got no answer. */
  boolean isStatusUnsure() {
    return isUnsure;
  }

  /** The cluster as the cache has it, or with the status that was written since. */
  VpnCluster newest(VpnCluster cached) {
    return Newest.of(cached, cluster);
  }

  static Duration countEvery() {
    return COUNT_EVERY;
  }
}

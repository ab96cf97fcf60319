package dev.ovenbird.operator.reconcile.roster;

import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.roster.ClusterRoster.Shard;
import dev.ovenbird.operator.reconcile.written.RosterMaps;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one shard of a roster: under the version that the cache has of it, and only with clients
 * whose claims the cache still has after that. Rosters and claims come by one watch, so whoever
 * doesn't know yet that an address was released fails (see {@code ClaimStore.fence}).
 */
final class ShardWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ShardWriter.class);
  private static final long CONFLICT_MILLIS = 30;
  private static final long ERROR_MILLIS = 1000;

  private final OperatorContext context;
  private final RosterEntries entries;

  ShardWriter(OperatorContext context, RosterEntries entries) {
    this.context = context;
    this.entries = entries;
  }

  @Nullable ConfigMap cached(String name) {
    return context
        .caches()
        .configMaps()
        .getStore()
        .getByKey(context.settings().agentsNamespace() + "/" + name);
  }

  /** Writes it; a shard that fails holds up no other. */
  void write(ClusterRoster roster, Shard shard, long quarter) {
    try {
      writeNow(roster, shard, quarter);
    } catch (RuntimeException e) {
      LOG.error(
          "cannot keep shard {} of the roster of VpnCluster {}/{}, trying again",
          shard.index,
          roster.snapshot.namespace(),
          roster.snapshot.name(),
          e);
      shard.isDirty = true;
      shard.notBeforeMillis = millis() + ERROR_MILLIS;
    }
  }

  private void writeNow(ClusterRoster roster, Shard shard, long quarter) {
    ClusterSnapshot cluster = roster.snapshot;
    String name = ObjectNames.of(cluster.uid()).roster(shard.index);
    // First the version, then the claims: see above.
    ConfigMap base = newer(cached(name), shard.written);
    List<Roster.Entry> clients =
        shard.entries.values().stream().filter(one -> entries.isClaimed(one, cluster)).toList();
    Roster before = base == null ? null : RosterMaps.roster(base);
    long now = context.clock().instant().getEpochSecond();
    if (before != null
        && before.clients().equals(clients)
        && before.clusterUid().equals(cluster.uid())
        && now - before.renderedAtSeconds() < quarter) {
      shard.renderedAtSeconds = before.renderedAtSeconds();
      // Whose claim is not there now is still to be taken out, or has it again by then.
      shard.isDirty = clients.size() != shard.entries.size();
      shard.isUrgent = false;
      if (shard.isDirty) {
        shard.notBeforeMillis = millis() + CONFLICT_MILLIS;
      }
      return;
    }
    if (base == null && isGoing(cluster)) {
      shard.isDirty = false; // It is being taken away.
      return;
    }
    boolean isSame = before != null && before.clients().equals(clients);
    long generation =
        base == null ? 1 : before == null ? now : before.generation() + (isSame ? 0 : 1);
    ConfigMap desired =
        RosterMaps.configMap(
            context.settings().agentsNamespace(),
            cluster,
            shard.index,
            new Roster(cluster.uid(), generation, now, clients));
    try {
      if (base == null) {
        shard.written = context.client().configMaps().resource(desired).create();
      } else {
        desired.getMetadata().setAnnotations(base.getMetadata().getAnnotations());
        desired.getMetadata().setResourceVersion(base.getMetadata().getResourceVersion());
        desired.getMetadata().setUid(base.getMetadata().getUid());
        shard.written = context.client().configMaps().resource(desired).update();
      }
      shard.renderedAtSeconds = now;
      shard.writtenMillis = millis();
      shard.isDirty = clients.size() != shard.entries.size();
      shard.isUrgent = false;
    } catch (KubernetesClientException e) {
      boolean isConflict =
          e.getCode() == HttpURLConnection.HTTP_CONFLICT
              || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
      if (isConflict) {
        shard.written = null; // The cache will have what is there now.
      } else {
        LOG.warn("cannot write roster {}, trying again: {}", name, e.getMessage());
      }
      shard.isDirty = true;
      shard.notBeforeMillis = millis() + (isConflict ? CONFLICT_MILLIS : ERROR_MILLIS);
    }
  }

  /**
   * A cluster is withdrawn before the first of its objects goes, and the cache may say it later.
   */
  private boolean isGoing(ClusterSnapshot cluster) {
    ClusterSnapshot published = context.clusters().find(cluster.namespace(), cluster.name());
    VpnCluster present =
        context.caches().clusters().getStore().getByKey(cluster.namespace() + "/" + cluster.name());
    return published == null
        || !published.uid().equals(cluster.uid())
        || (present != null && present.getMetadata().getDeletionTimestamp() != null);
  }

  private static @Nullable ConfigMap newer(@Nullable ConfigMap cached, @Nullable ConfigMap own) {
    // Not cached: deleted by somebody, or not there yet, which a create tells.
    return cached == null || own == null || version(cached) >= version(own) ? cached : own;
  }

  static long version(ConfigMap map) {
    return Long.parseLong(Objects.requireNonNull(map.getMetadata().getResourceVersion()));
  }

  static long millis() {
    return System.nanoTime() / 1_000_000;
  }
}

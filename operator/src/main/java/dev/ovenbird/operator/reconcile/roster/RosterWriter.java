package dev.ovenbird.operator.reconcile.roster;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.roster.ClusterRoster.Shard;
import dev.ovenbird.operator.reconcile.watch.Caches;
import dev.ovenbird.operator.resolve.GoDuration;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that keeps all rosters, apart from the controllers' threads: taking a client's access
 * away must not wait behind ten thousand new profiles.
 */
final class RosterWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RosterWriter.class);
  private static final long IDLE_MILLIS = 30_000;
  private static final long FAILED_MILLIS = 1000;

  private final OperatorContext context;
  private final RosterEntries entries;
  private final ShardWriter shardWriter;
  private final Map<String, ClusterRoster> rosters = new HashMap<>();
  private final Set<String> failed = new HashSet<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Set<String> led = new HashSet<>();
  private final Set<String> wholeClusters = new HashSet<>();
  private final Map<String, Set<String>> clients = new HashMap<>();
  private final Set<String> maps = new HashSet<>();
  private @Nullable Thread thread;

  RosterWriter(OperatorContext context) {
    this.context = context;
    entries = new RosterEntries(context);
    shardWriter = new ShardWriter(context, entries);
  }

  void start() {
    thread = Thread.ofPlatform().daemon().name("rosters").start(this::work);
  }

  /** From now on this operator keeps the cluster's roster: key is {@code namespace/name}. */
  void lead(String cluster) {
    touch(() -> led.add(cluster) | wholeClusters.add(cluster));
  }

  void clusterChanged(String cluster) {
    touch(() -> led.contains(cluster) && wholeClusters.add(cluster));
  }

  void clientChanged(String cluster, String client) {
    touch(
        () ->
            led.contains(cluster)
                && clients.computeIfAbsent(cluster, any -> new HashSet<>()).add(client));
  }

  /** A roster's ConfigMap was written, by whomever. */
  void mapChanged(String name) {
    touch(() -> !led.isEmpty() && maps.add(name));
  }

  private interface Touch {
    boolean apply();
  }

  private void touch(Touch touch) {
    lock.lock();
    try {
      if (touch.apply()) {
        work.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }

  private void work() {
    long waitMillis = 0;
    try {
      while (true) {
        Set<String> whole;
        Map<String, Set<String>> some;
        Set<String> changedMaps;
        lock.lock();
        try {
          if (waitMillis > 0 && wholeClusters.isEmpty() && clients.isEmpty() && maps.isEmpty()) {
            boolean ignored = work.await(waitMillis, TimeUnit.MILLISECONDS);
          }
          whole = new HashSet<>(wholeClusters);
          some = new HashMap<>(clients);
          changedMaps = new HashSet<>(maps);
          wholeClusters.clear();
          clients.clear();
          maps.clear();
        } finally {
          lock.unlock();
        }
        whole.addAll(failed);
        failed.clear();
        whole.forEach(cluster -> attempt(cluster, () -> renderAll(cluster)));
        some.forEach((cluster, names) -> attempt(cluster, () -> render(cluster, names)));
        check(changedMaps);
        waitMillis = failed.isEmpty() ? writeDue() : Math.min(writeDue(), FAILED_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What fails is tried again: without this thread nobody would lose access any more. */
  private void attempt(String cluster, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.error("cannot keep the roster of VpnCluster {}, trying again", cluster, e);
      failed.add(cluster);
    }
  }

  private void renderAll(String cluster) {
    int slash = cluster.indexOf('/');
    ClusterSnapshot published =
        context.clusters().find(cluster.substring(0, slash), cluster.substring(slash + 1));
    ClusterRoster roster = rosters.get(cluster);
    VpnCluster present = context.caches().clusters().getStore().getByKey(cluster);
    if (roster != null
        && (published == null
            ? isGone(present, roster.snapshot)
            : !published.uid().equals(roster.snapshot.uid()))) {
      rosters.remove(cluster);
      roster = null;
    }
    if (roster == null) {
      if (published == null) {
        return;
      }
      roster = new ClusterRoster(published);
      rosters.put(cluster, roster);
    } else if (published != null) {
      roster.snapshot = published;
      roster.trusted = RosterEntries.trusted(published);
    }
    Set<String> names = new HashSet<>(roster.names());
    for (VpnClient client :
        context.caches().clients().getIndexer().byIndex(Caches.BY_CLUSTER, cluster)) {
      names.add(client.getMetadata().getName());
    }
    render(cluster, names);
  }

  /** A cluster that is being deleted too: its shards are taken away and must not come back. */
  private static boolean isGone(@Nullable VpnCluster present, ClusterSnapshot known) {
    return present == null
        || present.getMetadata().getDeletionTimestamp() != null
        || !present.getMetadata().getUid().equals(known.uid());
  }

  private void render(String cluster, Set<String> names) {
    ClusterRoster roster = rosters.get(cluster);
    if (roster == null) {
      renderIfNew(cluster);
      return;
    }
    String namespace = roster.snapshot.namespace();
    for (String name : names) {
      VpnClient client = context.caches().clients().getStore().getByKey(namespace + "/" + name);
      boolean isOurs =
          client != null && client.getSpec().clusterRef().name().equals(roster.snapshot.name());
      roster.put(
          name,
          client != null && isOurs ? entries.of(client, roster.snapshot, roster.trusted) : null);
    }
  }

  private void renderIfNew(String cluster) {
    int slash = cluster.indexOf('/');
    if (context.clusters().find(cluster.substring(0, slash), cluster.substring(slash + 1))
        != null) {
      renderAll(cluster);
    }
  }

  /** Somebody else may have written a shard. */
  private void check(Set<String> names) {
    if (names.isEmpty()) {
      return;
    }
    for (ClusterRoster roster : rosters.values()) {
      for (Shard shard : roster.shards) {
        String name = ObjectNames.of(roster.snapshot.uid()).roster(shard.index);
        if (names.contains(name)) {
          ConfigMap cached = shardWriter.cached(name);
          ConfigMap written = shard.written;
          boolean isOwn =
              cached != null
                  && written != null
                  && ShardWriter.version(cached) <= ShardWriter.version(written);
          shard.isDirty |= !isOwn;
        }
      }
    }
  }

  /** Writes what is due; how long the rest may wait. */
  private long writeDue() {
    long next = IDLE_MILLIS;
    for (ClusterRoster roster : new ArrayList<>(rosters.values())) {
      long quarter =
          GoDuration.parse(roster.snapshot.spec().limits().maxRosterStaleness()).toSeconds() / 4;
      for (Shard shard : roster.shards) {
        long age = context.clock().instant().getEpochSecond() - shard.renderedAtSeconds;
        boolean isStale = shard.renderedAtSeconds > 0 && age >= quarter;
        if (!shard.isDirty && !isStale) {
          next = Math.min(next, TimeUnit.SECONDS.toMillis(Math.max(1, quarter - age)));
          continue;
        }
        long wait = shard.dueMillis() - ShardWriter.millis();
        if (wait <= 0) {
          shardWriter.write(roster, shard, quarter);
          wait = shard.isDirty ? shard.dueMillis() - ShardWriter.millis() : IDLE_MILLIS;
        }
        next = Math.min(next, Math.max(1, wait));
      }
    }
    return next;
  }
}

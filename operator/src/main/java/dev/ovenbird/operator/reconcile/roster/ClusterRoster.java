package dev.ovenbird.operator.reconcile.roster;

import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One cluster's roster as it should be, and which shards have to be written. */
final class ClusterRoster {
  /** Between two writes of a shard that takes something from somebody or changes it. */
  private static final long URGENT_MILLIS = 200;

  /** Between two writes of a shard that only gets more clients. */
  private static final long RELAXED_MILLIS = 1000;

  final List<Shard> shards = new ArrayList<>();
  private final Map<String, String> uids = new HashMap<>();
  ClusterSnapshot snapshot;
  List<String> trusted;

  /** One ConfigMap. */
  static final class Shard {
    final int index;
    final TreeMap<String, Roster.Entry> entries = new TreeMap<>();
    boolean isDirty = true;
    boolean isUrgent = true;
    long writtenMillis = Long.MIN_VALUE / 2;
    long notBeforeMillis = Long.MIN_VALUE / 2;
    long renderedAtSeconds;
    @Nullable ConfigMap written;

    Shard(int index) {
      this.index = index;
    }

    /** When it is to be written, in the same milliseconds. */
    long dueMillis() {
      return Math.max(notBeforeMillis, writtenMillis + (isUrgent ? URGENT_MILLIS : RELAXED_MILLIS));
    }
  }

  ClusterRoster(ClusterSnapshot snapshot) {
    this.snapshot = snapshot;
    trusted = RosterEntries.trusted(snapshot);
    int count = ObjectNames.rosterShards(snapshot.networks());
    for (int i = 0; i < count; i++) {
      shards.add(new Shard(i));
    }
  }

  /**
   * Takes what is now to be said of the client of this name.
   *
   * @param entry null if nothing is
   */
  void put(String name, Roster.@Nullable Entry entry) {
    String before = entry == null ? uids.remove(name) : uids.put(name, entry.uid());
    if (before != null && (entry == null || !before.equals(entry.uid()))) {
      Shard shard = shard(before);
      if (shard.entries.remove(before) != null) {
        shard.isDirty = true;
        shard.isUrgent = true;
      }
    }
    if (entry != null) {
      Shard shard = shard(entry.uid());
      Roster.Entry known = shard.entries.put(entry.uid(), entry);
      if (!entry.equals(known)) {
        shard.isDirty = true;
        shard.isUrgent |= known != null && !addsSerialsOnly(known, entry);
      }
    }
  }

  /** Names of clients that are listed. */
  List<String> names() {
    return List.copyOf(uids.keySet());
  }

  private static boolean addsSerialsOnly(Roster.Entry before, Roster.Entry after) {
    return after.serials().containsAll(before.serials())
        && after.addresses().equals(before.addresses())
        && Objects.equals(after.routedCIDRs(), before.routedCIDRs())
        && after.suspended() == before.suspended()
        && Objects.equals(after.notAfterSeconds(), before.notAfterSeconds());
  }

  private Shard shard(String uid) {
    return shards.get(ObjectNames.rosterShard(uid, shards.size()));
  }
}

package dev.ovenbird.operator.reconcile;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the cluster controller last published of each accepted cluster, for the controllers of
 * clients, rosters and identities. Listeners are called on the publisher's thread.
 */
public final class Clusters {
  private final Map<String, ClusterSnapshot> byName = new ConcurrentHashMap<>();
  private final List<Consumer<ClusterSnapshot>> listeners = new CopyOnWriteArrayList<>();

  /** Tells listeners if it differs from what was published before. */
  public void publish(ClusterSnapshot snapshot) {
    ClusterSnapshot before = byName.put(key(snapshot.namespace(), snapshot.name()), snapshot);
    if (!snapshot.equals(before)) {
      listeners.forEach(listener -> listener.accept(snapshot));
    }
  }

  public void withdraw(String namespace, String name) {
    ClusterSnapshot before = byName.remove(key(namespace, name));
    if (before != null) {
      listeners.forEach(listener -> listener.accept(before));
    }
  }

  /** Null while the cluster is missing, not accepted or not yet looked at. */
  public @Nullable ClusterSnapshot find(String namespace, String name) {
    return byName.get(key(namespace, name));
  }

  public void onChange(Consumer<ClusterSnapshot> listener) {
    listeners.add(listener);
  }

  private static String key(String namespace, String name) {
    return namespace + "/" + name;
  }
}

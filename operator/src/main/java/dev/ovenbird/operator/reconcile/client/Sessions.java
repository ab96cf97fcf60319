package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who is connected where, as the instances last reported. May be used by several threads. */
final class Sessions {
  private final Map<String, Map<String, Seen>> byInstance = new HashMap<>();
  private final Map<String, Map<String, Seen>> byClient = new HashMap<>();

  /**
   * A client's session on one instance.
   *
   * @param since RFC 3339
   */
  record Seen(ResourceID client, String instance, String since) {}

  /**
   * Takes an instance's report.
   *
   * @param instance null if it is gone
   * @return clients whose sessions came, went or moved
   */
  synchronized Set<ResourceID> update(String name, @Nullable VpnInstance instance) {
    Map<String, Seen> next = new HashMap<>();
    VpnInstanceStatus status = instance == null ? null : instance.getStatus();
    if (instance != null && status != null && status.sessions() != null) {
      String namespace = instance.getSpec().clusterRef().namespace();
      for (VpnInstanceStatus.Session session : List.copyOf(status.sessions())) {
        next.put(
            session.clientUid(),
            new Seen(new ResourceID(session.client(), namespace), name, session.since()));
      }
    }
    Map<String, Seen> before = byInstance.getOrDefault(name, Map.of());
    Set<ResourceID> changed = new HashSet<>();
    before.forEach(
        (uid, seen) -> {
          if (!seen.equals(next.get(uid))) {
            changed.add(seen.client());
            byClient.computeIfPresent(
                uid,
                (any, places) -> {
                  places.remove(name);
                  return places.isEmpty() ? null : places;
                });
          }
        });
    next.forEach(
        (uid, seen) -> {
          if (!seen.equals(before.get(uid))) {
            changed.add(seen.client());
            byClient.computeIfAbsent(uid, any -> new HashMap<>()).put(name, seen);
          }
        });
    if (next.isEmpty()) {
      byInstance.remove(name);
    } else {
      byInstance.put(name, next);
    }
    return changed;
  }

  /** The client's newest session; null if it has none. */
  synchronized @Nullable Seen newest(String clientUid) {
    Seen newest = null;
    for (Seen seen : byClient.getOrDefault(clientUid, Map.of()).values()) {
      if (newest == null || seen.since().compareTo(newest.since()) > 0) {
        newest = seen;
      }
    }
    return newest;
  }
}

package dev.ovenbird.operator.reconcile.client;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was just written and the caches don't have yet; without it the next look would write it
 * again. Few are kept: forgetting one costs a request and harms nothing.
 *
 * @param <T> what was written
 */
final class Recent<T> {
  private static final int KEPT = 1000;

  private final Map<String, T> byUid =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
          return size() > KEPT;
        }
      };

  synchronized void put(String uid, T written) {
    byUid.remove(uid);
    byUid.put(uid, written);
  }

  synchronized @Nullable T get(String uid) {
    return byUid.get(uid);
  }

  synchronized void remove(String uid) {
    byUid.remove(uid);
  }
}

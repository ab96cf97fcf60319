package dev.ovenbird.operator.reconcile.pki;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many certificates a pod may ask for: an agent needs one in two months, and one each time that
 * it starts. The same request may be looked at any number of times.
 */
final class RequestRate {
  static final int REQUESTS = 10;
  static final Duration WINDOW = Duration.ofMinutes(10);

  private static final int MAX_PODS = 10_000;

  private final Map<String, Deque<Asked>> pods =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Deque<Asked>> eldest) {
          return size() > MAX_PODS;
        }
      };

  private record Asked(String requestUid, Instant at) {}

  /** Whether the pod's request is within the limit. */
  synchronized boolean admits(String podUid, String requestUid, Instant now) {
    Deque<Asked> asked = pods.computeIfAbsent(podUid, uid -> new ArrayDeque<>());
    while (!asked.isEmpty() && !asked.peekFirst().at().plus(WINDOW).isAfter(now)) {
      asked.removeFirst();
    }
    if (asked.stream().anyMatch(one -> one.requestUid().equals(requestUid))) {
      return true;
    }
    if (asked.size() >= REQUESTS) {
      return false;
    }
    asked.addLast(new Asked(requestUid, now));
    return true;
  }
}

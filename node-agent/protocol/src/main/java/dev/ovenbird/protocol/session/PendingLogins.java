package dev.ovenbird.protocol.session;

import java.util.HashMap;
import java.util.Map;

/**
 * Questions to the authenticator that are out, so many of each client: sessions that a client has
 * given up meanwhile count, or one stolen profile could have all places of the queue.
 */
final class PendingLogins {
  /** A client has one session in the end; the other is for one that has just tried elsewhere. */
  static final int MAX_PER_CLIENT = 2;

  private final Map<String, Integer> perClient = new HashMap<>();

  /** Whether one more question may go out; if so it counts until {@link #ended}. */
  boolean begin(String clientId) {
    int pending = perClient.getOrDefault(clientId, 0);
    if (pending >= MAX_PER_CLIENT) {
      return false;
    }
    perClient.put(clientId, pending + 1);
    return true;
  }

  void ended(String clientId) {
    perClient.computeIfPresent(clientId, (_, pending) -> pending > 1 ? pending - 1 : null);
  }
}

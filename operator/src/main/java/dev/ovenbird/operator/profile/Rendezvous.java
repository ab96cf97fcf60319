package dev.ovenbird.operator.profile;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rendezvous hashing: each client ranks all instances by a hash of both names, so that an
 * instance's coming or going moves only the clients that it concerns.
 */
final class Rendezvous {
  private static final double BOUND = 1.2;

  private Rendezvous() {}

  /** The client's instances, the best first. */
  static List<String> ranked(String clientUid, Collection<String> instances) {
    Map<String, Long> scores = new HashMap<>();
    for (String instance : instances) {
      scores.put(instance, score(clientUid, instance));
    }
    List<String> ranked = new ArrayList<>(instances);
    ranked.sort(
        Comparator.comparing((String instance) -> scores.getOrDefault(instance, 0L))
            .reversed()
            .thenComparing(Comparator.naturalOrder()));
    return ranked;
  }

  /**
   * Each client's first instance: its best that is not full; none gets more than 1.2 times the mean
   * (rounded down, but enough for all).
   */
  static Map<String, String> first(Collection<String> clientUids, Collection<String> instances) {
    double mean = (double) clientUids.size() / instances.size();
    int room = (int) Math.max(Math.ceil(mean), Math.floor(BOUND * mean));
    Map<String, Integer> load = new HashMap<>();
    Map<String, String> first = new HashMap<>();
    // By hash and not by name: who comes later in the order is displaced sooner.
    List<String> order = new ArrayList<>(clientUids);
    order.sort(Comparator.comparing((String uid) -> score(uid, "")).thenComparing(uid -> uid));
    for (String uid : order) {
      for (String instance : ranked(uid, instances)) {
        if (load.getOrDefault(instance, 0) < room) {
          load.merge(instance, 1, Integer::sum);
          first.put(uid, instance);
          break;
        }
      }
    }
    return first;
  }

  private static long score(String client, String instance) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((client + " " + instance).getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(digest).getLong() >>> 1;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("no SHA-256", e);
    }
  }
}

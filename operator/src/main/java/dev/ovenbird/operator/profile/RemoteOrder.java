package dev.ovenbird.operator.profile;

import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.operator.plan.Endpoint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The order of a profile's remotes. Clients walk the list from the top: every fourth entry is TCP
 * (the second, if there are fewer than four) for networks that block UDP. Neighbours are of
 * different instances as long as there is a choice, even where that costs TCP its place: an
 * instance that fails by one way mostly fails by all. When UDP is used up, TCP follows.
 */
final class RemoteOrder {
  private static final int TCP_EVERY = 4;
  private static final int KEPT = 1 << 10;
  private static final Deque<Endpoint> NONE = new ArrayDeque<>();

  private final List<String> ranked;
  private final Map<String, Deque<Endpoint>> udp = new LinkedHashMap<>();
  private final Map<String, Deque<Endpoint>> tcp = new LinkedHashMap<>();
  private final Map<String, Integer> used = new LinkedHashMap<>();

  private RemoteOrder(List<String> ranked, SortedMap<String, List<Endpoint>> endpoints) {
    this.ranked = ranked;
    for (String instance : ranked) {
      Deque<Endpoint> byUdp = new ArrayDeque<>();
      Deque<Endpoint> byTcp = new ArrayDeque<>();
      for (Endpoint endpoint : endpoints.getOrDefault(instance, List.of())) {
        (endpoint.protocol() == Protocol.UDP ? byUdp : byTcp).add(endpoint);
      }
      udp.put(instance, byUdp);
      tcp.put(instance, byTcp);
    }
  }

  /**
   * Orders a client's remotes.
   *
   * @param ranked instances, the client's first one first
   * @param maxRemotes at most this many
   */
  static List<Remote> of(
      List<String> ranked, SortedMap<String, List<Endpoint>> endpoints, int maxRemotes) {
    return new RemoteOrder(ranked, endpoints).order(maxRemotes);
  }

  private List<Remote> order(int maxRemotes) {
    int size = Math.min(count(udp) + count(tcp), maxRemotes);
    List<Remote> remotes = new ArrayList<>();
    @Nullable String last = null;
    for (int i = 0; i < size; i++) {
      Map<String, Deque<Endpoint>> wanted = wantsTcp(i, size) ? tcp : udp;
      Map<String, Deque<Endpoint>> other = wantsTcp(i, size) ? udp : tcp;
      boolean beforeTcp = i > 0 && !wantsTcp(i, size) && wantsTcp(i + 1, size);
      Remote remote = take(wanted, last, beforeTcp ? onlyOne(tcp) : null);
      if (remote == null) {
        remote = take(other, last, null);
      }
      if (remote == null && last != null) {
        remote = take(wanted, null, null); // Nothing but the same instance is left.
        remote = remote != null ? remote : take(other, null, null);
      }
      if (remote == null) {
        break;
      }
      remotes.add(remote);
      used.merge(remote.instance(), 1, Integer::sum);
      last = remote.instance();
    }
    return List.copyOf(remotes);
  }

  private static int count(Map<String, Deque<Endpoint>> pool) {
    return pool.values().stream().mapToInt(Deque::size).sum();
  }

  private static boolean wantsTcp(int index, int size) {
    return size < TCP_EVERY ? index == 1 : index % TCP_EVERY == TCP_EVERY - 1;
  }

  /** The instance that alone still has an entry in the pool. */
  private static @Nullable String onlyOne(Map<String, Deque<Endpoint>> pool) {
    List<String> left = new ArrayList<>();
    pool.forEach(
        (instance, entries) -> {
          if (!entries.isEmpty()) {
            left.add(instance);
          }
        });
    return left.size() == 1 ? left.getFirst() : null;
  }

  /**
   * Takes from the least used instance, by rank among equals.
   *
   * @param excluded is not taken from
   * @param kept is taken from only if no other is left
   */
  private @Nullable Remote take(
      Map<String, Deque<Endpoint>> pool, @Nullable String excluded, @Nullable String kept) {
    String best = null;
    int bestCost = Integer.MAX_VALUE;
    for (String instance : ranked) {
      Deque<Endpoint> left = pool.getOrDefault(instance, NONE);
      int cost = used.getOrDefault(instance, 0) + (instance.equals(kept) ? KEPT : 0);
      if (!left.isEmpty() && !instance.equals(excluded) && cost < bestCost) {
        best = instance;
        bestCost = cost;
      }
    }
    Endpoint endpoint = best == null ? null : pool.getOrDefault(best, NONE).poll();
    return best == null || endpoint == null ? null : new Remote(best, endpoint);
  }
}

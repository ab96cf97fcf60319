package dev.ovenbird.operator.profile;

import dev.ovenbird.operator.plan.Endpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The order of a profile's remotes. Clients walk the list from the top: every fourth entry is TCP
 * (the second, if there are fewer than four) for networks that block UDP. Neighbours are of
 * different instances as long as there is a choice, even where that costs TCP its place: an
 * instance that fails by one way mostly fails by all. Among instances used equally often, one of
 * another node than the neighbour's comes first: nodes fail whole. When UDP is used up, TCP
 * follows.
 */
final class RemoteOrder {
  private static final int TCP_EVERY = 4;
  private static final int KEPT = 1 << 10;
  private static final int NONE = -1;

  private final Rendezvous instances;
  private final int[] ranked;
  private final Pool udp;
  private final Pool tcp;
  private final int[] used;

  /** By rank: which have the same number are of one node. */
  private final int[] nodes;

  private RemoteOrder(Rendezvous instances, int[] ranked) {
    this.instances = instances;
    this.ranked = ranked;
    udp = new Pool(Arrays.stream(ranked).mapToObj(instances::udp).toList());
    tcp = new Pool(Arrays.stream(ranked).mapToObj(instances::tcp).toList());
    used = new int[ranked.length];
    Map<String, Integer> numbers = new HashMap<>();
    nodes =
        Arrays.stream(ranked)
            .map(i -> numbers.computeIfAbsent(instances.node(i), node -> numbers.size()))
            .toArray();
  }

  /** What is left to take, by rank. */
  private static final class Pool {
    final List<List<Endpoint>> entries;
    final int[] taken;

    Pool(List<List<Endpoint>> entries) {
      this.entries = entries;
      taken = new int[entries.size()];
    }

    boolean isEmpty(int rank) {
      return taken[rank] == entries.get(rank).size();
    }

    int count() {
      return entries.stream().mapToInt(List::size).sum();
    }

    /** The rank that alone still has an entry. */
    int onlyOne() {
      int only = NONE;
      for (int rank = 0; rank < taken.length; rank++) {
        if (!isEmpty(rank)) {
          if (only != NONE) {
            return NONE;
          }
          only = rank;
        }
      }
      return only;
    }
  }

  /**
   * Orders a client's remotes.
   *
   * @param ranked instances, the client's first one first
   * @param maxRemotes at most this many
   */
  static List<Remote> of(Rendezvous instances, int[] ranked, int maxRemotes) {
    return new RemoteOrder(instances, ranked).order(maxRemotes);
  }

  private List<Remote> order(int maxRemotes) {
    int size = Math.min(udp.count() + tcp.count(), maxRemotes);
    List<Remote> remotes = new ArrayList<>(size);
    int last = NONE;
    for (int i = 0; i < size; i++) {
      Pool wanted = wantsTcp(i, size) ? tcp : udp;
      Pool other = wantsTcp(i, size) ? udp : tcp;
      boolean beforeTcp = i > 0 && !wantsTcp(i, size) && wantsTcp(i + 1, size);
      Pool pool = wanted;
      int rank = best(pool, last, last, beforeTcp ? tcp.onlyOne() : NONE);
      if (rank == NONE) {
        pool = other;
        rank = best(pool, last, last, NONE);
      }
      if (rank == NONE) { // Nothing but the same instance is left.
        pool = wanted;
        rank = best(pool, last, NONE, NONE);
      }
      if (rank == NONE) {
        pool = other;
        rank = best(pool, last, NONE, NONE);
      }
      Endpoint endpoint = pool.entries.get(rank).get(pool.taken[rank]++);
      remotes.add(new Remote(instances.name(ranked[rank]), endpoint));
      used[rank]++;
      last = rank;
    }
    return List.copyOf(remotes);
  }

  private static boolean wantsTcp(int index, int size) {
    return size < TCP_EVERY ? index == 1 : index % TCP_EVERY == TCP_EVERY - 1;
  }

  /**
   * The least used instance; among equals one of another node than the last, then by rank.
   *
   * @param last rank of the neighbour; may be none
   * @param excluded is not taken from
   * @param kept is taken from only if no other is left
   */
  private int best(Pool pool, int last, int excluded, int kept) {
    int lastNode = last == NONE ? NONE : nodes[last];
    int best = NONE;
    int bestCost = Integer.MAX_VALUE;
    for (int rank = 0; rank < ranked.length; rank++) {
      int cost = 2 * used[rank] + (nodes[rank] == lastNode ? 1 : 0) + (rank == kept ? KEPT : 0);
      if (cost < bestCost && rank != excluded && !pool.isEmpty(rank)) {
        best = rank;
        bestCost = cost;
      }
    }
    return best;
  }
}

package dev.ovenbird.operator.profile;

import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.operator.plan.Endpoint;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/**
 * Rendezvous hashing: each client ranks all instances by a hash of both, so that an instance's
 * coming or going moves only the clients that it concerns. Names are hashed once; a pair costs a
 * few shifts and multiplications.
 */
final class Rendezvous {
  private final List<String> names;
  private final Map<String, Integer> indexes = new HashMap<>();
  private final long[] hashes;
  private final List<List<Endpoint>> udp = new ArrayList<>();
  private final List<List<Endpoint>> tcp = new ArrayList<>();

  /**
   * @param endpoints by instance; those without any are left out
   */
  Rendezvous(SortedMap<String, List<Endpoint>> endpoints) {
    names = endpoints.keySet().stream().filter(name -> isReachable(endpoints, name)).toList();
    hashes = new long[names.size()];
    for (int i = 0; i < hashes.length; i++) {
      String name = names.get(i);
      indexes.put(name, i);
      hashes[i] = hash(name);
      List<Endpoint> own = endpoints.getOrDefault(name, List.of());
      udp.add(own.stream().filter(one -> one.protocol() == Protocol.UDP).toList());
      tcp.add(own.stream().filter(one -> one.protocol() == Protocol.TCP).toList());
    }
  }

  private static boolean isReachable(SortedMap<String, List<Endpoint>> endpoints, String name) {
    return !endpoints.getOrDefault(name, List.of()).isEmpty();
  }

  int size() {
    return hashes.length;
  }

  String name(int index) {
    return names.get(index);
  }

  /** The node of an instance: its name is {@code node/lane}. */
  String node(int index) {
    String name = names.get(index);
    return name.substring(0, Math.max(0, name.lastIndexOf('/')));
  }

  /** -1 if there is no such instance. */
  int index(String name) {
    return indexes.getOrDefault(name, -1);
  }

  List<Endpoint> udp(int index) {
    return udp.get(index);
  }

  List<Endpoint> tcp(int index) {
    return tcp.get(index);
  }

  /** The higher, the better; the same for the same two names for ever. */
  long score(long client, int instance) {
    // The finalizer of SplitMix64 (Steele, Lea, Flood 2014) over two SHA-256 prefixes.
    long mixed = client + hashes[instance] * 0x9e3779b97f4a7c15L;
    mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return (mixed ^ (mixed >>> 31)) >>> 1;
  }

  /** The best instance of those allowed; -1 if none is. */
  int best(long client, IntPredicate allowed) {
    int best = -1;
    long bestScore = -1;
    for (int i = 0; i < hashes.length; i++) {
      long score = score(client, i);
      if (score > bestScore && allowed.test(i)) {
        best = i;
        bestScore = score;
      }
    }
    return best;
  }

  /**
   * The client's best instances, best first, enough of either protocol to fill a list.
   *
   * @param limit entries of the list
   */
  int[] ranked(long client, int limit) {
    TreeSet<Scored> all = new TreeSet<>(Comparator.reverseOrder());
    all.addAll(top(client, limit, udp));
    all.addAll(top(client, limit, tcp));
    return all.stream().mapToInt(Scored::instance).toArray();
  }

  /** The same with names and endpoints, to be compared with another's. */
  List<Object> list(long client, int limit) {
    return Arrays.stream(ranked(client, limit))
        .<Object>mapToObj(i -> List.of(names.get(i), udp.get(i), tcp.get(i)))
        .toList();
  }

  private List<Scored> top(long client, int limit, List<List<Endpoint>> pool) {
    PriorityQueue<Scored> top = new PriorityQueue<>();
    long worst = -1;
    for (int i = 0; i < hashes.length; i++) {
      long score = score(client, i);
      if ((top.size() < limit || score > worst) && !pool.get(i).isEmpty()) {
        if (top.size() == limit) {
          top.poll();
        }
        top.add(new Scored(score, i));
        worst = top.element().score();
      }
    }
    return List.copyOf(top);
  }

  /** One instance in a client's eyes. */
  private record Scored(long score, int instance) implements Comparable<Scored> {
    @Override
    public int compareTo(Scored other) {
      int byScore = Long.compare(score, other.score);
      return byScore != 0 ? byScore : Integer.compare(other.instance, instance);
    }
  }

  static long hash(String name) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(Arrays.copyOf(digest, Long.BYTES)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("no SHA-256", e);
    }
  }
}

package dev.ovenbird.operator.profile;

import dev.ovenbird.operator.plan.Endpoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which remotes each client's profile lists, kept up as clients and instances come and go. A client
 * keeps its first instance as long as that is there and not the first of more than 1.2 times its
 * share, so that one client's coming changes nobody else's profile. The rest of a list is a
 * function of the instances. May be used by several threads.
 */
public final class RemotePlan {
  private static final double BOUND = 1.2;

  private final Map<String, Place> places = new HashMap<>();
  private Rendezvous instances;
  private @Nullable Rendezvous announced;
  private int maxRemotes;
  private int[] load;

  private static final class Place {
    final long hash;
    int first;
    String written = "";

    Place(String uid) {
      hash = Rendezvous.hash(uid);
      first = -1;
    }
  }

  /**
   * A plan for clients that have profiles already.
   *
   * @param firsts first instance by client UID; an empty text if it is to be chosen
   * @param endpoints by instance; instances without endpoints left out
   */
  public RemotePlan(
      Map<String, String> firsts, SortedMap<String, List<Endpoint>> endpoints, int maxRemotes) {
    instances = new Rendezvous(endpoints);
    this.maxRemotes = maxRemotes;
    load = new int[instances.size()];
    firsts.forEach(
        (uid, first) -> {
          Place place = new Place(uid);
          place.written = first;
          places.put(uid, place);
          move(place, instances.index(first));
        });
    Set<Integer> unused = new HashSet<>();
    if (places.size() >= 2 * instances.size()
        && places.values().stream().anyMatch(RemotePlan::has)) {
      IntStream.range(0, load.length).filter(i -> load[i] == 0).forEach(unused::add);
    }
    settle(unused);
  }

  /** Takes note of what may come, to be told whom it concerns; null if nothing is to come. */
  public synchronized void announce(@Nullable SortedMap<String, List<Endpoint>> endpoints) {
    announced = endpoints == null ? null : new Rendezvous(endpoints);
  }

  /** Whether what was announced would change the client's remotes. */
  public synchronized boolean isAboutToChange(String uid) {
    Rendezvous next = announced;
    if (next == null) {
      return false;
    }
    long hash = place(uid).hash;
    return !instances.list(hash, maxRemotes).equals(next.list(hash, maxRemotes));
  }

  /** Takes changed instances in. */
  public synchronized void update(SortedMap<String, List<Endpoint>> endpoints, int maxRemotes) {
    Rendezvous before = instances;
    instances = new Rendezvous(endpoints);
    this.maxRemotes = maxRemotes;
    load = new int[instances.size()];
    for (Place place : places.values()) {
      int first = place.first;
      place.first = -1;
      move(place, first < 0 ? -1 : instances.index(before.name(first)));
    }
    Set<Integer> added = new HashSet<>();
    IntStream.range(0, load.length)
        .filter(i -> before.index(instances.name(i)) < 0)
        .forEach(added::add);
    settle(added);
  }

  /** The client's remotes; one that the plan didn't know gets its place. */
  public synchronized List<Remote> remotes(String uid) {
    Place place = place(uid);
    if (!has(place)) {
      return List.of();
    }
    int[] ranked = instances.ranked(place.hash, maxRemotes);
    int[] order =
        IntStream.concat(
                IntStream.of(place.first),
                IntStream.of(ranked).filter(instance -> instance != place.first))
            .toArray();
    return RemoteOrder.of(instances, order, maxRemotes);
  }

  /** The client's first instance; empty if there is none at all. */
  public synchronized String first(String uid) {
    Place place = place(uid);
    return has(place) ? instances.name(place.first) : "";
  }

  /**
   * Lets a client have the first instance that its profile names, if another operator wrote that
   * and there is room: two operators then agree by what is written.
   */
  public synchronized void adopt(String uid, String first) {
    Place place = places.computeIfAbsent(uid, Place::new);
    if (first.equals(place.written)) {
      return;
    }
    place.written = first;
    int index = instances.index(first);
    if (index >= 0 && place.first != index && load[index] < room(places.size())) {
      move(place, index);
    }
  }

  /** A profile with this first instance is about to be written. */
  public synchronized void writing(String uid, String first) {
    places.computeIfAbsent(uid, Place::new).written = first;
  }

  /** Forgets a client. */
  public synchronized void remove(String uid) {
    Place place = places.remove(uid);
    if (place != null) {
      move(place, -1);
    }
  }

  private Place place(String uid) {
    Place place = places.computeIfAbsent(uid, Place::new);
    if (!has(place)) {
      choose(place, any -> true, room(places.size()));
    }
    return place;
  }

  /** Gives every client a first instance and none of the instances more than its share. */
  private void settle(Set<Integer> added) {
    int room = room(places.size());
    // By hash and not by name: who comes later in the order is displaced sooner.
    List<Map.Entry<String, Place>> order = new ArrayList<>(places.entrySet());
    order.sort(
        Comparator.comparingLong((Map.Entry<String, Place> entry) -> entry.getValue().hash)
            .thenComparing(Map.Entry::getKey));
    for (Map.Entry<String, Place> entry : order) {
      Place place = entry.getValue();
      if (has(place)) {
        long held = instances.score(place.hash, place.first);
        int better = -1;
        for (int i : added) {
          long score = instances.score(place.hash, i);
          if (score > held && load[i] < room) {
            better = i;
            held = score;
          }
        }
        if (better >= 0) {
          move(place, better);
        }
      }
    }
    for (Map.Entry<String, Place> entry : order.reversed()) {
      Place place = entry.getValue();
      if (has(place) && load[place.first] > room) {
        int full = place.first;
        choose(place, instance -> instance != full, room);
      }
    }
    for (Map.Entry<String, Place> entry : order) {
      if (!has(entry.getValue())) {
        choose(entry.getValue(), any -> true, room);
      }
    }
  }

  private void choose(Place place, IntPredicate allowed, int room) {
    int best = instances.best(place.hash, i -> load[i] < room && allowed.test(i));
    if (best >= 0) {
      move(place, best);
    }
  }

  private void move(Place place, int instance) {
    if (place.first >= 0) {
      load[place.first]--;
    }
    place.first = instance;
    if (instance >= 0) {
      load[instance]++;
    }
  }

  private static boolean has(Place place) {
    return place.first >= 0;
  }

  /** 1.2 times the mean (rounded down, but enough for all). */
  private int room(int clients) {
    double mean = (double) clients / Math.max(1, instances.size());
    return (int) Math.max(Math.ceil(mean), Math.floor(BOUND * mean));
  }
}

package dev.ovenbird.operator.reconcile.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.operator.issue.ServerKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** When a new server key begins to wrap, and when an old one goes. */
class ServerKeyUseTest {
  private static List<ServerKey> keys(int oldest, int newest) {
    return IntStream.rangeClosed(oldest, newest)
        .mapToObj(generation -> new ServerKey(generation, "key " + generation))
        .toList()
        .reversed();
  }

  private static ServerKeyUse use(Map<String, List<Integer>> held, Map<String, Integer> profiles) {
    return new ServerKeyUse(new TreeMap<>(held), new TreeMap<>(profiles));
  }

  @Test
  void the_newest_that_every_instance_holds_wraps() {
    ServerKeyUse use = use(Map.of("a", List.of(3, 2, 1), "b", List.of(2, 1)), Map.of("p", 1));
    assertThat(use.wraps(keys(1, 3)).generation()).isEqualTo(2);
    assertThat(use.lacking(3)).containsExactly(Map.entry("b", 2));
    assertThat(use.lacking(2)).isEmpty();
  }

  @Test
  void without_instances_there_is_nobody_to_wait_for() {
    assertThat(use(Map.of(), Map.of()).wraps(keys(1, 3)).generation()).isEqualTo(3);
  }

  @Test
  void an_instance_that_comes_later_is_no_way_back() {
    Map<String, List<Integer>> held = Map.of("a", List.of(2, 1), "new", List.of(1));
    assertThat(use(held, Map.of("p", 1)).wraps(keys(1, 2)).generation()).isEqualTo(1);
    assertThat(use(held, Map.of("p", 1, "q", 2)).wraps(keys(1, 2)).generation()).isEqualTo(2);
  }

  @Test
  void an_instance_that_holds_nothing_of_it_leaves_the_oldest() {
    ServerKeyUse use = use(Map.of("a", List.of(1)), Map.of());
    assertThat(use.wraps(keys(2, 4)).generation()).isEqualTo(2);
  }

  @Test
  void an_old_key_stays_until_instances_hold_another_and_no_profile_needs_it() {
    Tls.ServerKey second = new Tls.ServerKey(2, 2);
    Map<String, List<Integer>> all = Map.of("a", List.of(2, 1));
    assertThat(use(Map.of("a", List.of(1)), Map.of()).oldest(second, keys(1, 2))).isEqualTo(1);
    ServerKeyUse half = use(all, Map.of("p", 1, "q", 2));
    assertThat(half.oldest(second, keys(1, 2))).isEqualTo(1);
    assertThat(half.below(2)).containsExactly(Map.entry("p", 1));
    assertThat(use(all, Map.of("p", 2, "q", 2)).oldest(second, keys(1, 2))).isEqualTo(2);
  }

  static IntStream seeds() {
    return new Random().ints(200);
  }

  /**
   * Agents read and report, profiles are made anew, instances and clients come and go, people raise
   * generations, all in any order.
   */
  @ParameterizedTest
  @MethodSource("seeds")
  void every_profile_from_the_oldest_wanted_on_works_everywhere_at_every_moment(int seed) {
    Random random = new Random(seed);
    List<ServerKey> keys = keys(1, 1);
    int oldestWanted = 1;
    List<Agent> agents = new ArrayList<>(List.of(new Agent(keys), new Agent(keys)));
    TreeMap<String, Integer> profiles = new TreeMap<>(Map.of("alice", 1, "bob", 1));
    TreeSet<Integer> takenEver = new TreeSet<>(profiles.values());
    for (int step = 0; step < 200; step++) {
      Agent agent = agents.get(random.nextInt(agents.size()));
      TreeMap<String, List<Integer>> reports = new TreeMap<>();
      agents.forEach(one -> reports.put("agent " + reports.size(), one.reported));
      ServerKeyUse use = new ServerKeyUse(reports, profiles);
      int newest = keys.getFirst().generation();
      switch (random.nextInt(10)) {
        case 0 -> {
          if (keys.size() < Tls.ServerKey.MOST) {
            keys = keys(keys.getLast().generation(), newest + 1);
          }
        }
        case 1 -> oldestWanted = Math.min(oldestWanted + 1, newest);
        case 2, 3 -> agent.held = generations(keys);
        case 4, 5 -> agent.reported = agent.held;
        case 6 -> {
          String client = random.nextBoolean() ? "alice" : "bob";
          int wraps = use.wraps(keys).generation();
          takenEver.add(profiles.merge(client, wraps, Math::max));
        }
        case 7 -> {
          int oldest = use.oldest(new Tls.ServerKey(newest, oldestWanted), keys);
          keys = keys(Math.max(oldest, keys.getLast().generation()), newest);
        }
        case 8 -> profiles.pollFirstEntry();
        default -> {
          if (agents.size() < 4) {
            agents.add(new Agent(keys));
          } else {
            agents.remove(agent);
          }
        }
      }
      for (Agent one : agents) {
        assertThat(one.held)
            .as("step %d of seed %d", step, seed)
            .containsAll(profiles.values())
            .containsAll(takenEver.tailSet(oldestWanted));
      }
    }
  }

  private static List<Integer> generations(List<ServerKey> keys) {
    return keys.stream().map(ServerKey::generation).toList();
  }

  private static final class Agent {
    List<Integer> held;
    List<Integer> reported = List.of(1);

    Agent(List<ServerKey> keys) {
      held = generations(keys);
    }
  }
}

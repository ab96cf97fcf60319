package dev.ovenbird.operator.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.operator.plan.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemotesTest {
  private static final List<String> CLIENTS =
      IntStream.range(0, 300).mapToObj(i -> new UUID(7, i).toString()).toList();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 12, 31})
  void no_instance_is_first_for_more_than_its_share(int instances) {
    Map<String, Integer> load = new HashMap<>();
    Remotes.assign(CLIENTS, cluster(instances, 1), 64)
        .values()
        .forEach(remotes -> load.merge(remotes.getFirst().instance(), 1, Integer::sum));
    double mean = (double) CLIENTS.size() / instances;
    assertThat(load.values())
        .allSatisfy(count -> assertThat(count.doubleValue()).isLessThanOrEqualTo(1.2 * mean));
    assertThat(load.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(300);
  }

  @ParameterizedTest
  @CsvSource({"2,1", "2,2", "3,1", "3,2", "6,1", "6,2", "20,2", "40,2"})
  void neighbours_differ_and_every_fourth_is_tcp(int instances, int families) {
    Remotes.assign(CLIENTS, cluster(instances, families), 64)
        .values()
        .forEach(
            remotes -> {
              assertThat(remotes).doesNotHaveDuplicates();
              assertThat(remotes.size()).isEqualTo(Math.min(64, 2 * instances * families));
              assertThat(remotes.getFirst().endpoint().protocol()).isEqualTo(Protocol.UDP);
              for (int i = 0; i < remotes.size(); i++) {
                if (i % 4 == 3) {
                  assertThat(remotes.get(i).endpoint().protocol())
                      .as("entry %d of %s", i, remotes)
                      .isEqualTo(Protocol.TCP);
                }
                if (i > 0) {
                  assertThat(remotes.get(i).instance())
                      .as("entry %d of %s", i, remotes)
                      .isNotEqualTo(remotes.get(i - 1).instance());
                }
              }
            });
  }

  @Test
  void second_of_few_is_tcp() {
    SortedMap<String, List<Endpoint>> one = cluster(1, 1);
    assertThat(Remotes.assign(CLIENTS, one, 64).values())
        .allSatisfy(
            remotes ->
                assertThat(remotes)
                    .extracting(remote -> remote.endpoint().protocol())
                    .containsExactly(Protocol.UDP, Protocol.TCP));
  }

  @Test
  void tcp_on_one_lane_only_never_parts_udp_neighbours() {
    SortedMap<String, List<Endpoint>> endpoints = cluster(2, 1);
    endpoints.computeIfPresent("node-1/0", (name, all) -> all.subList(0, 1));
    assertThat(Remotes.assign(CLIENTS, endpoints, 64).values())
        .allSatisfy(
            remotes -> {
              assertThat(remotes).hasSize(3);
              assertThat(remotes.get(0).instance()).isNotEqualTo(remotes.get(1).instance());
            });
  }

  @ParameterizedTest
  @CsvSource({"2,2", "3,2", "3,4", "5,3"})
  void the_next_remote_is_on_another_node_while_there_is_one_used_as_little(int nodes, int lanes) {
    SortedMap<String, List<Endpoint>> endpoints = new TreeMap<>();
    for (int node = 0; node < nodes; node++) {
      for (int lane = 0; lane < lanes; lane++) {
        endpoints.put(
            "node-" + node + "/" + lane,
            List.of(new Endpoint("192.0.2." + node, 1194 + lane, Protocol.UDP)));
      }
    }
    assertThat(Remotes.assign(CLIENTS, endpoints, 64).values())
        .allSatisfy(
            remotes -> {
              assertThat(node(remotes.get(1))).isNotEqualTo(node(remotes.get(0)));
              assertThat(remotes.get(2).instance())
                  .isNotIn(remotes.get(0).instance(), remotes.get(1).instance());
            });
  }

  private static String node(Remote remote) {
    return remote.instance().substring(0, remote.instance().indexOf('/'));
  }

  @Test
  void limit_counts_all_entries() {
    assertThat(Remotes.assign(CLIENTS, cluster(40, 2), 10).values())
        .allSatisfy(remotes -> assertThat(remotes).hasSize(10));
  }

  @Test
  void a_new_node_changes_few_first_remotes() {
    Map<String, List<Remote>> before = Remotes.assign(CLIENTS, cluster(9, 1), 64);
    Map<String, List<Remote>> after = Remotes.assign(CLIENTS, cluster(10, 1), 64);
    long moved =
        CLIENTS.stream().filter(uid -> !first(before, uid).equals(first(after, uid))).count();
    // A tenth must move; the bound displaces some more.
    assertThat(moved).isBetween(15L, 75L);
  }

  @Test
  void the_same_inputs_give_the_same_lists() {
    List<String> reversed = new ArrayList<>(CLIENTS).reversed();
    assertThat(Remotes.assign(reversed, cluster(7, 2), 64))
        .isEqualTo(Remotes.assign(CLIENTS, cluster(7, 2), 64));
  }

  @Test
  void a_cluster_without_endpoints_gives_empty_lists() {
    assertThat(Remotes.assign(CLIENTS, new TreeMap<>(), 64).values()).allMatch(List::isEmpty);
  }

  private static Remote first(Map<String, List<Remote>> remotes, String uid) {
    return remotes.getOrDefault(uid, List.of()).getFirst();
  }

  private static SortedMap<String, List<Endpoint>> cluster(int instances, int families) {
    SortedMap<String, List<Endpoint>> endpoints = new TreeMap<>();
    for (int i = 0; i < instances; i++) {
      List<Endpoint> own = new ArrayList<>();
      for (Protocol protocol : Protocol.values()) {
        own.add(new Endpoint("192.0.2." + i, 1194, protocol));
        if (families == 2) {
          own.add(new Endpoint("2001:db8::" + i, 1194, protocol));
        }
      }
      endpoints.put("node-" + i + "/0", own);
    }
    return endpoints;
  }
}

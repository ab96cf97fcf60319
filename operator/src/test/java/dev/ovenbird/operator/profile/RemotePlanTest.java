package dev.ovenbird.operator.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.operator.plan.Endpoint;
import java.time.Duration;
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
import org.junit.jupiter.params.provider.ValueSource;

class RemotePlanTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 12, 100})
  void one_more_client_changes_nobody_elses_profile(int instances) {
    RemotePlan plan = new RemotePlan(Map.of(), cluster(instances), 64);
    Map<String, List<Remote>> before = new HashMap<>();
    for (String uid : clients(400)) {
      before.put(uid, plan.remotes(uid));
    }
    plan.remotes(new UUID(8, 8).toString());
    before.forEach((uid, remotes) -> assertThat(plan.remotes(uid)).isEqualTo(remotes));
  }

  @Test
  void no_instance_is_first_for_more_than_its_share_as_clients_and_nodes_come_and_go() {
    RemotePlan plan = new RemotePlan(Map.of(), cluster(6), 64);
    List<String> clients = clients(600);
    clients.forEach(plan::remotes);
    for (int instances : new int[] {7, 5, 9, 3}) {
      plan.update(cluster(instances), 64);
      Map<String, Integer> load = new HashMap<>();
      clients.forEach(uid -> load.merge(plan.first(uid), 1, Integer::sum));
      assertThat(load.keySet()).doesNotContain("");
      assertThat(load.values())
          .allSatisfy(count -> assertThat((double) count).isLessThanOrEqualTo(720.0 / instances));
    }
  }

  @Test
  void a_new_node_takes_its_share_and_moves_few_others() {
    RemotePlan plan = new RemotePlan(Map.of(), cluster(9), 64);
    List<String> clients = clients(900);
    Map<String, String> before = new HashMap<>();
    clients.forEach(uid -> before.put(uid, plan.first(uid)));
    plan.update(cluster(10), 64);
    long moved = clients.stream().filter(uid -> !plan.first(uid).equals(before.get(uid))).count();
    long taken = clients.stream().filter(uid -> plan.first(uid).equals("node-9/0")).count();
    assertThat(taken).isBetween(60L, 108L);
    assertThat(moved).isBetween(taken, taken + 60);
  }

  @Test
  void a_restarted_operator_keeps_the_first_instances_that_were_written() {
    RemotePlan plan = new RemotePlan(Map.of(), cluster(12), 64);
    List<String> clients = clients(300);
    Map<String, String> written = new HashMap<>();
    clients.forEach(uid -> written.put(uid, plan.first(uid)));
    RemotePlan again = new RemotePlan(written, cluster(12), 64);
    clients.forEach(uid -> assertThat(again.remotes(uid)).isEqualTo(plan.remotes(uid)));
  }

  @Test
  void two_operators_agree_by_what_is_written() {
    RemotePlan one = new RemotePlan(Map.of(), cluster(12), 64);
    RemotePlan two = new RemotePlan(Map.of(), cluster(12), 64);
    List<String> clients = clients(300);
    clients.forEach(one::remotes);
    clients.reversed().forEach(two::remotes);
    clients.forEach(uid -> two.adopt(uid, one.first(uid)));
    clients.forEach(uid -> two.adopt(uid, one.first(uid)));
    clients.forEach(uid -> one.adopt(uid, two.first(uid)));
    assertThat(clients).allSatisfy(uid -> assertThat(two.first(uid)).isEqualTo(one.first(uid)));
  }

  @Test
  void ten_thousand_clients_of_four_thousand_instances_take_seconds() {
    SortedMap<String, List<Endpoint>> cluster = cluster(4000);
    long start = System.nanoTime();
    RemotePlan plan = new RemotePlan(Map.of(), cluster, 64);
    clients(10_000).forEach(uid -> assertThat(plan.remotes(uid)).hasSize(64));
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    System.out.println(
        "remotes of 10,000 clients among 4,000 instances: " + took.toMillis() + " ms");
    assertThat(took).isLessThan(Duration.ofSeconds(60));
  }

  private static List<String> clients(int count) {
    return IntStream.range(0, count).mapToObj(i -> new UUID(7, i).toString()).toList();
  }

  private static SortedMap<String, List<Endpoint>> cluster(int instances) {
    SortedMap<String, List<Endpoint>> endpoints = new TreeMap<>();
    for (int i = 0; i < instances; i++) {
      List<Endpoint> own = new ArrayList<>();
      for (Protocol protocol : Protocol.values()) {
        own.add(new Endpoint("192.0.2." + i, 1194, protocol));
      }
      endpoints.put("node-" + i + "/0", own);
    }
    return endpoints;
  }
}

package dev.ovenbird.operator.plan.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.Endpoints.Dns;
import dev.ovenbird.crds.v1alpha1.Endpoints.Records;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DnsSlotsTest {
  private static final Dns EIGHT = new Dns("vpn.example.com", 8, Records.Status);

  @Test
  void every_node_is_in_a_slot_and_every_slot_has_a_node() {
    for (int size : new int[] {1, 2, 7, 8, 9, 100}) {
      List<String> nodes = nodes(size);
      DnsSlots slots = new DnsSlots(EIGHT, nodes);
      assertThat(nodes).allSatisfy(node -> assertThat(slots.hosts(node)).isNotEmpty());
      Set<String> used =
          nodes.stream().flatMap(node -> slots.hosts(node).stream()).collect(Collectors.toSet());
      assertThat(used).hasSize(8);
    }
  }

  @Test
  void a_node_that_goes_changes_no_name_of_the_others_but_its_own_slots() {
    List<String> nodes = nodes(20);
    DnsSlots before = new DnsSlots(EIGHT, nodes);
    DnsSlots after = new DnsSlots(EIGHT, nodes.subList(0, 19));
    long moved =
        nodes.subList(0, 19).stream()
            .filter(node -> !after.hosts(node).containsAll(before.hosts(node)))
            .count();
    assertThat(moved).isLessThanOrEqualTo(1);
  }

  private static List<String> nodes(int size) {
    return IntStream.range(0, size).mapToObj(number -> "node" + number).toList();
  }
}

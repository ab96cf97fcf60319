package dev.ovenbird.operator.reconcile.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.operator.plan.Endpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class EndpointSettlingTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final EndpointSettling settling = new EndpointSettling(Duration.ofSeconds(5));

  @Test
  void the_first_are_given_at_once() {
    assertThat(at(0, 1)).hasSize(1);
    assertThat(settling.remaining(START)).isNull();
  }

  @Test
  void changes_settle() {
    at(0, 1);
    assertThat(at(1, 2)).hasSize(1);
    assertThat(at(3, 3)).hasSize(1);
    assertThat(settling.remaining(START.plusSeconds(3))).isEqualTo(Duration.ofSeconds(5));
    assertThat(at(7, 3)).hasSize(1);
    assertThat(at(8, 3)).hasSize(3);
    assertThat(settling.remaining(START.plusSeconds(8))).isNull();
  }

  @Test
  void what_comes_back_was_no_change() {
    at(0, 2);
    at(1, 1);
    assertThat(at(2, 2)).hasSize(2);
    assertThat(settling.remaining(START.plusSeconds(2))).isNull();
  }

  @Test
  void what_never_settles_is_given_after_half_a_minute() {
    at(0, 1);
    for (int second = 1; second < 31; second++) {
      assertThat(at(second, second + 1)).hasSize(1);
    }
    assertThat(at(31, 40)).hasSize(40);
  }

  private SortedMap<String, List<Endpoint>> at(int second, int size) {
    SortedMap<String, List<Endpoint>> endpoints = new TreeMap<>();
    for (int i = 0; i < size; i++) {
      endpoints.put("node" + i + "/0", List.of(new Endpoint("192.0.2." + i, 1194, Protocol.UDP)));
    }
    return settling.settled(endpoints, START.plusSeconds(second));
  }
}

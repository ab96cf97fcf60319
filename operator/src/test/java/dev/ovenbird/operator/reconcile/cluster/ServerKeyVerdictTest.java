package dev.ovenbird.operator.reconcile.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.operator.issue.ServerKey;
import dev.ovenbird.operator.reconcile.pki.ServerKeyUse;
import dev.ovenbird.operator.status.Verdict;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What people are told of a change-over. */
class ServerKeyVerdictTest {
  private static final ServerKey FIRST = new ServerKey(1, "first");
  private static final ServerKey SECOND = new ServerKey(2, "second");

  private static Verdict verdict(
      int oldest,
      List<ServerKey> keys,
      Map<String, List<Integer>> held,
      Map<String, Integer> profiles) {
    return ServerKeyVerdict.of(
        new Tls.ServerKey(2, oldest),
        keys,
        new ServerKeyUse(new TreeMap<>(held), new TreeMap<>(profiles)));
  }

  @Test
  void instances_that_lack_the_new_key_are_named_also_when_the_old_one_is_to_go() {
    for (int oldest = 1; oldest <= 2; oldest++) {
      Verdict verdict =
          verdict(
              oldest,
              List.of(SECOND, FIRST),
              Map.of("vpn.a", List.of(2, 1), "vpn.b", List.of(1)),
              Map.of("alice-profile", 1));
      assertThat(verdict.good()).isFalse();
      assertThat(verdict.reason()).isEqualTo("WaitsForInstances");
      assertThat(verdict.message()).contains("vpn.b (generation 1)").doesNotContain("vpn.a");
    }
  }

  @Test
  void profiles_that_hold_up_a_retirement_are_named() {
    Verdict verdict =
        verdict(
            2,
            List.of(SECOND, FIRST),
            Map.of("vpn.a", List.of(2, 1)),
            Map.of("alice-profile", 2, "bob-profile", 1));
    assertThat(verdict.good()).isFalse();
    assertThat(verdict.reason()).isEqualTo("OldServerKeyInUse");
    assertThat(verdict.message()).contains("bob-profile (generation 1)").doesNotContain("alice");
  }

  @Test
  void an_overlap_is_no_fault_and_says_what_cannot_be_seen() {
    Verdict overlap =
        verdict(
            1, List.of(SECOND, FIRST), Map.of("vpn.a", List.of(2, 1)), Map.of("alice-profile", 2));
    assertThat(overlap.good()).isTrue();
    assertThat(overlap.message()).contains("from generation 1 on", "cannot be seen");
    Verdict over = verdict(2, List.of(SECOND), Map.of(), Map.of());
    assertThat(over.good()).isTrue();
    assertThat(over.message()).doesNotContain("oldestGeneration");
  }
}

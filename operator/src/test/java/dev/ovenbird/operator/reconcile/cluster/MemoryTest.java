package dev.ovenbird.operator.reconcile.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class MemoryTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final Memory memory = new Memory(Duration.ZERO);

  @Test
  void a_status_just_written_counts_until_the_cache_has_it() {
    VpnCluster ready = cluster("one", 9);
    VpnCluster unready = cluster("one", 10);
    memory.wroteStatus(unready, NOW);
    assertThat(memory.newest(ready)).isSameAs(unready);
    VpnCluster seen = cluster("one", 10);
    assertThat(memory.newest(seen)).isSameAs(seen);
    VpnCluster later = cluster("one", 11);
    assertThat(memory.newest(later)).isSameAs(later);
  }

  @Test
  void a_cluster_made_anew_has_no_status_of_the_one_before() {
    memory.wroteStatus(cluster("one", 10), NOW);
    VpnCluster other = cluster("two", 9);
    assertThat(memory.newest(other)).isSameAs(other);
  }

  @Test
  void an_attempt_without_an_answer_leaves_it_open_what_is_there() {
    assertThat(memory.isStatusUnsure()).isFalse();
    memory.writesStatus();
    assertThat(memory.isStatusUnsure()).isTrue();
    memory.wroteStatus(cluster("one", 10), NOW);
    assertThat(memory.isStatusUnsure()).isFalse();
  }

  private static VpnCluster cluster(String uid, long version) {
    VpnCluster cluster = new VpnCluster();
    cluster.setMetadata(
        new ObjectMetaBuilder().withUid(uid).withResourceVersion(Long.toString(version)).build());
    return cluster;
  }
}

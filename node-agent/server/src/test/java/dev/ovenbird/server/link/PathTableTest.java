package dev.ovenbird.server.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.testkit.Allocation;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PathTableTest {
  private static final long MAPPED = 0xffff_0000_0000L;

  @Test
  void a_known_peer_has_the_same_path_object_and_costs_no_allocation() {
    PathTable table = new PathTable(64, new Random(1));
    LinkPath first = intern(table, 7);
    assertThat(first.toString()).isEqualTo("0.0.0.7:1194");
    assertThat(hits(table, first, 100_000)).isEqualTo(100_000);
    assertThat(Allocation.bytesPerRun(1_000, () -> hits(table, first, 100))).isZero();
  }

  @Test
  @SuppressWarnings("ReferenceEquality") // that is the point
  void a_flood_from_forged_addresses_keeps_memory_flat_and_right() {
    PathTable table = new PathTable(1000, new Random(2));
    assertThat(table.capacity()).isEqualTo(1024);
    for (int peer = 0; peer < 1_000_000; peer++) {
      LinkPath path = intern(table, peer);
      assertThat(path.remoteLow()).isEqualTo(MAPPED | peer);
    }
    assertThat(table.capacity()).isEqualTo(1024);
    assertThat(intern(table, 5)).isEqualTo(intern(new PathTable(4, new Random(3)), 5));
  }

  @Test
  void every_part_of_a_path_counts() {
    PathTable table = new PathTable(64, new Random(4));
    LinkPath base = table.intern(1, 2, 3, 4, 5, 6, 7);
    assertThat(table.intern(9, 2, 3, 4, 5, 6, 7)).isNotEqualTo(base);
    assertThat(table.intern(1, 9, 3, 4, 5, 6, 7)).isNotEqualTo(base);
    assertThat(table.intern(1, 2, 9, 4, 5, 6, 7)).isNotEqualTo(base);
    assertThat(table.intern(1, 2, 3, 9, 5, 6, 7)).isNotEqualTo(base);
    assertThat(table.intern(1, 2, 3, 4, 9, 6, 7)).isNotEqualTo(base);
    assertThat(table.intern(1, 2, 3, 4, 5, 9, 7)).isNotEqualTo(base);
    assertThat(table.intern(1, 2, 3, 4, 5, 6, 9)).isNotEqualTo(base);
    assertThat(table.intern(1, 2, 3, 4, 5, 6, 7)).isEqualTo(base);
  }

  @SuppressWarnings("ReferenceEquality") // that is the point
  private static int hits(PathTable table, LinkPath path, int times) {
    int hits = 0;
    for (int i = 0; i < times; i++) {
      if (intern(table, 7) == path) {
        hits++;
      }
    }
    return hits;
  }

  private static LinkPath intern(PathTable table, int peer) {
    return table.intern(0, 0, MAPPED | peer, 1194, 0, MAPPED | 1, 0);
  }
}

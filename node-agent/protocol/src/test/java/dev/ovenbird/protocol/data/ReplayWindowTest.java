package dev.ovenbird.protocol.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplayWindowTest {
  private final MemorySegment record = MemorySegment.ofArray(new byte[ReplayWindow.BYTES]);

  private boolean accept(long id) {
    return ReplayWindow.accept(record, 0, id);
  }

  @Test
  void id_zero_is_refused() {
    assertThat(accept(0)).isFalse();
    assertThat(accept(1)).isTrue();
    assertThat(accept(0)).isFalse();
  }

  @Test
  void an_initial_jump_is_accepted() {
    assertThat(accept(0xFFFFFFFEL)).isTrue();
    assertThat(accept(0xFFFFFFFEL - 63)).isTrue();
    assertThat(accept(0xFFFFFFFEL - 64)).isFalse();
  }

  @Test
  void late_packets_count_once_within_the_window() {
    assertThat(accept(100)).isTrue();
    assertThat(accept(37)).isTrue();
    assertThat(accept(37)).isFalse();
    assertThat(accept(36)).isFalse();
    assertThat(accept(99)).isTrue();
    assertThat(accept(100)).isFalse();
    assertThat(accept(163)).isTrue();
    assertThat(accept(100)).isFalse();
    assertThat(accept(99)).isFalse();
  }

  @Test
  void it_agrees_with_a_naive_model() {
    for (long seed = 0; seed < 200; seed++) {
      record.fill((byte) 0);
      Random random = new Random(seed);
      Set<Long> seen = new HashSet<>();
      long highest = 0;
      for (int step = 0; step < 500; step++) {
        long id =
            switch (random.nextInt(4)) {
              case 0 -> highest + 1;
              case 1 -> highest + random.nextInt(130);
              default -> Math.max(0, highest - random.nextInt(70));
            };
        boolean fresh = id > 0 && (id > highest || highest - id < 64) && !seen.contains(id);
        assertThat(accept(id)).as("seed %s step %s id %s", seed, step, id).isEqualTo(fresh);
        if (fresh) {
          seen.add(id);
          highest = Math.max(highest, id);
        }
      }
    }
  }
}

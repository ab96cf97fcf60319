package dev.ovenbird.operator.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import org.junit.jupiter.api.Test;

class LaneTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void sixth_crash_within_a_minute_waits() {
    Lane lane = new Lane(0);
    ArrayDeque<Long> waits = new ArrayDeque<>();
    for (int i = 0; i < 6; i++) {
      waits.add(lane.crashed(i * SECOND));
    }
    assertThat(waits).containsExactly(0L, 0L, 0L, 0L, 0L, 10 * SECOND);
    assertThat(lane.crashed(120 * SECOND)).isZero();
  }
}

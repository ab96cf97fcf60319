package dev.ovenbird.protocol.wrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplayReceiverTest {
  private final ReplayReceiver receiver = new ReplayReceiver();

  private boolean accept(int counter, int time) {
    return receiver.accept(new ReplayId(counter, time));
  }

  @Test
  void counter_zero_is_never_valid() {
    assertThat(accept(0, 0)).isFalse();
    assertThat(accept(0, 100)).isFalse();
    assertThat(accept(1, 0)).isTrue();
    assertThat(accept(0, 0)).isFalse();
  }

  @Test
  void each_packet_is_accepted_once_in_any_order_within_the_window() {
    assertThat(accept(100, 5)).isTrue();
    assertThat(accept(100, 5)).isFalse();
    assertThat(accept(37, 5)).isTrue();
    assertThat(accept(37, 5)).isFalse();
    assertThat(accept(36, 5)).isFalse();
    assertThat(accept(163, 5)).isTrue();
    assertThat(accept(100, 5)).isFalse();
    assertThat(accept(101, 5)).isTrue();
    assertThat(accept(99, 5)).isFalse();
  }

  @Test
  void earlier_time_is_refused_and_later_time_starts_a_new_window() {
    assertThat(accept(100, 50)).isTrue();
    assertThat(accept(101, 49)).isFalse();
    assertThat(accept(1, 51)).isTrue();
    assertThat(accept(1, 51)).isFalse();
    assertThat(accept(101, 50)).isFalse();
    assertThat(accept(2, 51)).isTrue();
  }

  @Test
  void counters_and_times_are_unsigned() {
    assertThat(accept(0x7fffffff, 0x7fffffff)).isTrue();
    assertThat(accept(0x80000000, 0x7fffffff)).isTrue();
    assertThat(accept(0xffffffff, 0x7fffffff)).isTrue();
    assertThat(accept(0x7ffffffe, 0x7fffffff)).isFalse();
    assertThat(accept(1, 0x80000000)).isTrue();
    assertThat(accept(2, 0x7fffffff)).isFalse();
  }

  @Test
  void jump_just_beyond_the_window_forgets_all_before() {
    assertThat(accept(1, 5)).isTrue();
    assertThat(accept(65, 5)).isTrue();
    assertThat(accept(1, 5)).isFalse();
    assertThat(accept(2, 5)).isTrue();
    assertThat(accept(129, 5)).isTrue();
    assertThat(accept(65, 5)).isFalse();
    assertThat(accept(66, 5)).isTrue();
  }

  @Test
  void agrees_with_a_set_that_remembers_everything() {
    for (int seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      ReplayReceiver window = new ReplayReceiver();
      Set<Integer> seen = new HashSet<>();
      int highest = 0;
      for (int step = 0; step < 500; step++) {
        int counter = Math.max(1, highest + random.nextInt(-80, random.nextInt(1, 90)));
        boolean expected = counter > highest - 64 && !seen.contains(counter);
        assertThat(window.accept(new ReplayId(counter, 9)))
            .as("seed %d, counter %d after %d", seed, counter, highest)
            .isEqualTo(expected);
        if (expected) {
          seen.add(counter);
          highest = Math.max(highest, counter);
        }
      }
    }
  }
}

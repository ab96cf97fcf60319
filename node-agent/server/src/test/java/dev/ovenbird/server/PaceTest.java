package dev.ovenbird.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long STEP = 2_000_000;

  @Test
  void steps_begin_at_equal_distances_however_long_each_takes_of_it() {
    Pace pace = new Pace(1_000, STEP);
    assertThat(pace.pause(1_000 + 300_000)).isEqualTo(STEP - 300_000);
    assertThat(pace.pause(1_000 + STEP + 1_900_000)).isEqualTo(100_000);
    assertThat(pace.pause(1_000 + 2 * STEP)).isEqualTo(STEP);
  }

  @Test
  void of_a_delay_one_step_is_made_up_for_and_no_more() {
    Pace pace = new Pace(0, STEP);
    long late = 25 * STEP;
    assertThat(pace.pause(late)).isEqualTo(-STEP);
    assertThat(pace.pause(late)).isZero();
    assertThat(pace.pause(late)).isEqualTo(STEP);
    assertThat(pace.pause(late + STEP)).isEqualTo(STEP);
  }
}

package dev.ovenbird.server.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ReceiveModerationTest {
  private static final long MICRO = 1_000;
  private static final long INTERVAL = 200 * MICRO;
  private static final long WORK = 30 * MICRO;

  private final ReceiveModeration moderation = new ReceiveModeration(INTERVAL, 0);
  private long now;
  private long nextArrival;
  private long longestPause;
  private int taken;

  /**
   * A loop that takes what has come, works on it, pauses and waits, a thousand times, while packets
   * come at even distances.
   *
   * @param perArrival how many come together
   * @return the last pause
   */
  private long flow(long distanceNanos, int perArrival) {
    nextArrival = Math.max(nextArrival, now + distanceNanos);
    long pause = 0;
    for (int round = 0; round < 1000; round++) {
      now = Math.max(now, nextArrival);
      taken = 0;
      for (; nextArrival <= now; nextArrival += distanceNanos) {
        taken += perArrival;
      }
      pause = round(taken, WORK);
    }
    return pause;
  }

  private long round(int packets, long workNanos) {
    moderation.received(packets);
    now += workNanos;
    long pause = moderation.pauseNanos(now);
    longestPause = Math.max(longestPause, pause);
    now += pause;
    moderation.roundBegins(now);
    return pause;
  }

  @Test
  void packets_that_come_fast_are_left_until_the_interval_is_over() {
    assertThat(flow(20 * MICRO, 1)).isEqualTo(INTERVAL - WORK);
    assertThat(taken).isEqualTo(10);
    assertThat(longestPause).isLessThanOrEqualTo(INTERVAL);
  }

  @Test
  void pings_and_slow_flows_are_never_left_waiting() {
    flow(2_000 * MICRO, 1);
    flow(100 * MICRO, 1);
    // Bursts as a paced sender has them.
    flow(1_000 * MICRO, 10);
    assertThat(longestPause).isZero();
  }

  @Test
  void the_first_packet_after_a_flow_has_ended_is_not_left_waiting() {
    assertThat(flow(20 * MICRO, 1)).isPositive();
    now += 5_000 * MICRO;
    assertThat(round(1, WORK)).isZero();
  }

  @Test
  void it_goes_on_at_a_rate_that_it_would_not_begin_at() {
    assertThat(flow(80 * MICRO, 1)).isZero();
    flow(20 * MICRO, 1);
    assertThat(flow(80 * MICRO, 1)).isPositive();
    assertThat(flow(150 * MICRO, 1)).isZero();
  }

  @Test
  void nothing_waits_where_system_calls_are_full_anyway() {
    flow(20 * MICRO, 1);
    assertThat(round(64, WORK)).isZero();
    assertThat(round(63, WORK)).isPositive();
  }

  @Test
  void work_that_takes_longer_than_the_interval_is_followed_by_no_pause() {
    flow(20 * MICRO, 1);
    assertThat(round(20, INTERVAL)).isZero();
  }

  @Test
  void a_pause_too_short_to_save_anything_is_left_out() {
    flow(20 * MICRO, 1);
    assertThat(round(10, INTERVAL - 9 * MICRO)).isZero();
    assertThat(round(10, INTERVAL - 10 * MICRO)).isEqualTo(10 * MICRO);
  }

  @Test
  void with_no_interval_nothing_ever_waits() {
    ReceiveModeration off = new ReceiveModeration(0, 0);
    for (int i = 1; i < 10_000; i++) {
      off.received(1);
      assertThat(off.pauseNanos(i * MICRO)).isZero();
      off.roundBegins(i * MICRO);
    }
  }

  @Test
  void an_interval_that_people_would_feel_is_refused() {
    assertThatThrownBy(() -> new ReceiveModeration(1_000_001, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("interval of 1000001 ns: 0 to 1000000 are possible");
  }
}

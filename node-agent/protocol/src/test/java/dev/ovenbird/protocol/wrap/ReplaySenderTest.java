package dev.ovenbird.protocol.wrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ReplaySenderTest {
  @Test
  void first_counter_is_one_more_than_the_start() {
    assertThat(new ReplaySender(0).next(100)).isEqualTo(new ReplayId(1, 100));
    assertThat(new ReplaySender(0x0f000000).next(100)).isEqualTo(new ReplayId(0x0f000001, 100));
  }

  @Test
  void time_stays_that_of_the_first_packet() {
    ReplaySender sender = new ReplaySender(0);
    sender.next(100);
    assertThat(sender.next(200)).isEqualTo(new ReplayId(2, 100));
    assertThat(sender.next(50)).isEqualTo(new ReplayId(3, 100));
  }

  @Test
  void continues_after_a_stateless_reply() {
    ReplaySender sender = new ReplaySender(0);
    sender.continueAt(1);
    assertThat(sender.next(100)).isEqualTo(new ReplayId(2, 100));
    assertThatThrownBy(() -> sender.continueAt(1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void counter_that_would_wrap_starts_again_with_a_later_time() {
    ReplaySender sender = new ReplaySender(0xfffffffd);
    sender.next(100);
    assertThat(sender.next(150)).isEqualTo(new ReplayId(-1, 100));
    assertThat(sender.next(160)).isEqualTo(new ReplayId(1, 160));
  }

  @Test
  void restarted_time_is_later_even_if_the_clock_went_back() {
    ReplaySender sender = new ReplaySender(-2);
    sender.next(100);
    assertThat(sender.next(40)).isEqualTo(new ReplayId(1, 101));
  }
}

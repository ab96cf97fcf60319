package dev.ovenbird.protocol.reliable;

import static dev.ovenbird.protocol.reliable.ReliableReceiver.Offer.BEYOND_WINDOW;
import static dev.ovenbird.protocol.reliable.ReliableReceiver.Offer.DUPLICATE;
import static dev.ovenbird.protocol.reliable.ReliableReceiver.Offer.STORED;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReliableReceiverTest {
  private final ReliableReceiver receiver = new ReliableReceiver(8);

  private static byte[] message(int id) {
    return new byte[] {(byte) id};
  }

  @Test
  void delivers_in_order_whatever_order_they_come_in() {
    assertThat(receiver.offer(2, message(2))).isEqualTo(STORED);
    assertThat(receiver.offer(1, message(1))).isEqualTo(STORED);
    assertThat(receiver.next()).isNull();
    assertThat(receiver.offer(0, message(0))).isEqualTo(STORED);
    assertThat(receiver.next()).containsExactly(0);
    assertThat(receiver.next()).containsExactly(1);
    assertThat(receiver.next()).containsExactly(2);
    assertThat(receiver.next()).isNull();
  }

  @Test
  void held_and_delivered_messages_are_duplicates_and_the_first_one_counts() {
    receiver.offer(1, message(1));
    assertThat(receiver.offer(1, message(99))).isEqualTo(DUPLICATE);
    receiver.offer(0, message(0));
    receiver.next();
    assertThat(receiver.next()).containsExactly(1);
    assertThat(receiver.offer(0, message(99))).isEqualTo(DUPLICATE);
    assertThat(receiver.offer(1, message(99))).isEqualTo(DUPLICATE);
    assertThat(receiver.next()).isNull();
  }

  @Test
  void window_counts_from_the_lowest_not_delivered() {
    assertThat(receiver.offer(7, message(7))).isEqualTo(STORED);
    assertThat(receiver.offer(8, message(8))).isEqualTo(BEYOND_WINDOW);
    assertThat(receiver.offer(0xffffffffL, message(0))).isEqualTo(BEYOND_WINDOW);
    receiver.offer(0, message(0));
    assertThat(receiver.offer(8, message(8))).isEqualTo(BEYOND_WINDOW);
    receiver.next();
    assertThat(receiver.offer(8, message(8))).isEqualTo(STORED);
  }

  @Test
  void starts_at_one_after_a_stateless_handshake() {
    ReliableReceiver stateless = new ReliableReceiver(8, 1);
    assertThat(stateless.offer(0, message(0))).isEqualTo(DUPLICATE);
    assertThat(stateless.offer(9, message(9))).isEqualTo(BEYOND_WINDOW);
    assertThat(stateless.offer(1, message(1))).isEqualTo(STORED);
    assertThat(stateless.next()).containsExactly(1);
  }
}

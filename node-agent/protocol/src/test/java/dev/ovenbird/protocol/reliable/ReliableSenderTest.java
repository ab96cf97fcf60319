package dev.ovenbird.protocol.reliable;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.protocol.wire.Opcode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReliableSenderTest {
  private static final long SECOND = 1_000_000_000L;

  private final ReliableSender sender = new ReliableSender(4);

  private void send(int count) {
    for (int i = 0; i < count; i++) {
      sender.send(Opcode.CONTROL_V1, new byte[] {(byte) i});
    }
  }

  private List<Long> due(long bootNanos) {
    List<Long> ids = new ArrayList<>();
    for (var message = sender.due(bootNanos); message != null; message = sender.due(bootNanos)) {
      ids.add(message.id());
    }
    return ids;
  }

  @Test
  void messages_leave_at_once_in_order_with_their_opcode() {
    sender.send(Opcode.CONTROL_HARD_RESET_SERVER_V2, new byte[0]);
    sender.send(Opcode.CONTROL_V1, new byte[] {5});
    assertThat(sender.nextDeadline()).isZero();
    ReliableSender.Message reset = requireNonNull(sender.due(SECOND));
    assertThat(reset.opcode()).isEqualTo(Opcode.CONTROL_HARD_RESET_SERVER_V2);
    assertThat(reset.id()).isZero();
    ReliableSender.Message first = requireNonNull(sender.due(SECOND));
    assertThat(first.id()).isEqualTo(1);
    assertThat(first.payload()).containsExactly(5);
    assertThat(sender.due(SECOND)).isNull();
    assertThat(sender.nextDeadline()).isEqualTo(3 * SECOND);
  }

  @Test
  void unanswered_message_is_sent_at_0_2_6_14_30_seconds() {
    send(1);
    List<Long> seconds = new ArrayList<>();
    for (long second = 0; second < 60; second++) {
      if (sender.due(second * SECOND) != null) {
        seconds.add(second);
      }
    }
    assertThat(seconds).containsExactly(0L, 2L, 6L, 14L, 30L);
    assertThat(sender.nextDeadline()).isEqualTo(62 * SECOND);
  }

  @Test
  void first_interval_is_a_parameter() {
    ReliableSender fast = new ReliableSender(4, SECOND / 2);
    fast.send(Opcode.CONTROL_V1, new byte[0]);
    assertThat(fast.due(SECOND)).isNotNull();
    assertThat(fast.nextDeadline()).isEqualTo(SECOND + SECOND / 2);
    assertThat(fast.due(SECOND + SECOND / 2)).isNotNull();
    assertThat(fast.nextDeadline()).isEqualTo(2 * SECOND + SECOND / 2);
  }

  @Test
  void endless_acknowledgements_of_later_ids_do_not_put_a_retransmission_off_for_ever() {
    send(2);
    due(0);
    for (int round = 0; round < 1_000; round++) {
      sender.acknowledge(1);
      due(SECOND);
    }
    assertThat(sender.nextDeadline()).isEqualTo(5 * SECOND);
  }

  @Test
  void window_is_measured_from_the_oldest_unacknowledged() {
    send(4);
    assertThat(sender.hasRoom()).isFalse();
    assertThatThrownBy(() -> send(1)).isInstanceOf(IllegalStateException.class);
    due(0);
    sender.acknowledge(1);
    sender.acknowledge(2);
    sender.acknowledge(3);
    assertThat(sender.hasRoom()).isFalse();
    sender.acknowledge(0);
    assertThat(sender.hasRoom()).isTrue();
    assertThat(sender.isEmpty()).isTrue();
    send(4);
    assertThat(sender.hasRoom()).isFalse();
  }

  @Test
  void acknowledged_message_is_not_sent_again() {
    send(2);
    due(0);
    assertThat(sender.isAcknowledged(0)).isFalse();
    assertThat(sender.acknowledge(0)).isTrue();
    assertThat(sender.isAcknowledged(0)).isTrue();
    assertThat(sender.isAcknowledged(1)).isFalse();
    assertThat(due(2 * SECOND)).containsExactly(1L);
    assertThat(sender.acknowledge(1)).isTrue();
    assertThat(sender.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    assertThat(due(100 * SECOND)).isEmpty();
  }

  @Test
  void unknown_and_repeated_ids_are_harmless() {
    send(2);
    due(0);
    for (int id : new int[] {2, 3, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      for (int repeat = 0; repeat < 5; repeat++) {
        assertThat(sender.acknowledge(id)).isFalse();
      }
    }
    assertThat(due(SECOND)).isEmpty();
    sender.acknowledge(0);
    assertThat(sender.acknowledge(0)).isFalse();
    assertThat(sender.isAcknowledged(2)).isFalse();
  }

  @Test
  void message_that_never_left_cannot_be_acknowledged() {
    send(2);
    assertThat(sender.due(0)).isNotNull();
    assertThat(sender.acknowledge(1)).isFalse();
    assertThat(due(0)).containsExactly(1L);
    assertThat(sender.acknowledge(1)).isTrue();
  }

  @Test
  void three_acknowledgements_of_later_ids_send_again_at_once_and_once() {
    send(4);
    due(0);
    sender.acknowledge(1);
    sender.acknowledge(2);
    assertThat(due(SECOND)).isEmpty();
    sender.acknowledge(3);
    assertThat(sender.nextDeadline()).isZero();
    assertThat(due(SECOND)).containsExactly(0L);
    assertThat(due(SECOND)).isEmpty();
    sender.acknowledge(3);
    sender.acknowledge(3);
    assertThat(due(SECOND)).isEmpty();
  }

  @Test
  void starts_at_one_after_a_stateless_handshake() {
    sender.startAt(1);
    assertThat(sender.isAcknowledged(0)).isTrue();
    send(4);
    assertThat(sender.hasRoom()).isFalse();
    assertThat(due(0)).containsExactly(1L, 2L, 3L, 4L);
    assertThat(sender.isAcknowledged(1)).isFalse();
    assertThatThrownBy(() -> sender.startAt(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void ids_end_before_they_would_wrap() {
    sender.startAt(0xffffffffL);
    send(1);
    assertThat(due(0)).containsExactly(0xffffffffL);
    assertThat(sender.acknowledge(-1)).isTrue();
    assertThat(sender.hasRoom()).isFalse();
  }
}

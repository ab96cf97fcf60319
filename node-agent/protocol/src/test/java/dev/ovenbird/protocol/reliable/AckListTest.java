package dev.ovenbird.protocol.reliable;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AckListTest {
  private final AckList acks = new AckList();

  @Test
  void pending_come_first_then_the_most_recent_repeated() {
    acks.add(0);
    assertThat(acks.take(4)).containsExactly(0);
    acks.add(1);
    assertThat(acks.take(4)).containsExactly(1, 0);
    acks.add(2);
    assertThat(acks.take(4)).containsExactly(2, 1, 0);
    acks.add(3);
    acks.add(4);
    assertThat(acks.hasPending()).isTrue();
    assertThat(acks.take(4)).containsExactly(3, 4, 2, 1);
    assertThat(acks.hasPending()).isFalse();
  }

  @Test
  void repeats_even_when_nothing_is_pending() {
    assertThat(acks.take(4)).isEmpty();
    acks.add(7);
    acks.take(8);
    assertThat(acks.take(4)).containsExactly(7);
    assertThat(acks.take(4)).containsExactly(7);
  }

  @Test
  void what_does_not_fit_stays_pending() {
    for (int id = 0; id < 6; id++) {
      acks.add(id);
    }
    assertThat(acks.size(4)).isEqualTo(4);
    assertThat(acks.take(4)).containsExactly(0, 1, 2, 3);
    assertThat(acks.hasPending()).isTrue();
    assertThat(acks.size(4)).isEqualTo(4);
    assertThat(acks.take(4)).containsExactly(4, 5, 3, 2);
    assertThat(acks.hasPending()).isFalse();
  }

  @Test
  void duplicate_is_acknowledged_again_but_stands_once() {
    acks.add(1);
    acks.add(1);
    assertThat(acks.take(8)).containsExactly(1);
    acks.add(2);
    acks.take(8);
    acks.add(1);
    assertThat(acks.hasPending()).isTrue();
    assertThat(acks.take(8)).containsExactly(1, 2);
  }

  @Test
  void eight_are_remembered() {
    for (int id = 0; id < 20; id++) {
      acks.add(id);
      acks.take(8);
    }
    assertThat(acks.take(100)).containsExactly(19, 18, 17, 16, 15, 14, 13, 12);
  }

  @Test
  void size_is_that_of_the_next_take() {
    Random random = new Random(5);
    for (int step = 0; step < 5_000; step++) {
      if (random.nextBoolean()) {
        acks.add(random.nextInt(12));
      }
      int max = random.nextInt(9);
      int size = acks.size(max);
      if (random.nextInt(3) == 0) {
        assertThat(acks.take(max)).hasSize(size).doesNotHaveDuplicates();
      }
    }
  }

  @Test
  void flood_of_duplicates_does_not_grow_without_bound() {
    for (int id = 0; id < 100_000; id++) {
      acks.add(id);
    }
    assertThat(acks.take(1000)).hasSize(64);
  }

  @Test
  void ids_are_unsigned() {
    acks.add(0xffffffffL);
    assertThat(acks.take(8)).containsExactly(-1);
  }
}

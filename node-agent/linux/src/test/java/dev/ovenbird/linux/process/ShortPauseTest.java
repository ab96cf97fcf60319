package dev.ovenbird.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class ShortPauseTest {
  @Test
  void a_pause_lasts_at_least_as_long_as_asked() {
    try (Arena arena = Arena.ofConfined()) {
      ShortPause pause = new ShortPause(arena);
      long start = System.nanoTime();
      for (int i = 0; i < 10; i++) {
        assertThat(pause.sleep(50_000)).isTrue();
      }
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(500_000);
    }
  }
}

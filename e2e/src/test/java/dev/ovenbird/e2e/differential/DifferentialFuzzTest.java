package dev.ovenbird.e2e.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Our server and stock openvpn take the same odd packets alike, or there is a reason. */
@Tag("alone")
class DifferentialFuzzTest {
  private static final long SEED = Long.getLong("differential.seed", 20_261_122);

  @Test
  void ten_seconds_show_no_difference_without_a_reason() throws IOException {
    try (Duel duel = Duel.open()) {
      assertThat(duel.run(SEED, Duration.ofSeconds(10)))
          .as("seed %d", SEED)
          .allSatisfy(
              difference -> assertThat(Explained.of(difference)).as("%s", difference).isPresent());
      int cases = duel.tried().values().stream().mapToInt(Integer::intValue).sum();
      System.out.printf("  %d cases of %d mutations%n", cases, duel.tried().size());
      assertThat(cases).isPositive();
    }
  }
}

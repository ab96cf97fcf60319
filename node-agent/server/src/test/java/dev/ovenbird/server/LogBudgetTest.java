package dev.ovenbird.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LogBudgetTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void lines_above_the_limit_are_counted_and_not_written() {
    LogBudget budget = new LogBudget(2);
    assertThat(budget.take(5 * SECOND)).isTrue();
    assertThat(budget.take(6 * SECOND)).isTrue();
    assertThat(budget.take(7 * SECOND)).isFalse();
    assertThat(budget.take(14 * SECOND)).isFalse();
    assertThat(budget.take(15 * SECOND)).isTrue();
    assertThat(budget.takeSuppressed()).isEqualTo(2);
    assertThat(budget.takeSuppressed()).isZero();
  }
}

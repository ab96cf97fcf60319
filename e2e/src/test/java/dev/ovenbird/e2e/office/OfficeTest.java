package dev.ovenbird.e2e.office;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * One cluster for all, since it takes more than a minute to make: every test leaves it whole. In
 * order, since the last ones take it down.
 */
@Tag("alone")
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class OfficeTest implements AccessTests, PasswordTests, ReachTests, FailureTests, LifeTests {
  private final FailureTable failures = new FailureTable();
  private @Nullable Office office;

  @BeforeAll
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void open() {
    office = new Office();
  }

  @BeforeEach
  void whole() {
    office().awaitWhole();
  }

  @AfterAll
  void close() {
    failures.print();
    if (office != null) {
      office.close();
    }
  }

  @Override
  public Office office() {
    return Objects.requireNonNull(office, "did not come up");
  }

  @Override
  public FailureTable failures() {
    return failures;
  }
}

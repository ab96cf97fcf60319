package dev.ovenbird.e2e.process;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/** Waiting for a state that nothing announces. */
public final class Await {
  private Await() {}

  /** Lets a time pass that belongs to what is tried: a failure's length, the space between two. */
  public static void pause(String what, Duration time) {
    long end = System.nanoTime() + time.toNanos();
    until(what, time.plusMinutes(1), System::nanoTime, now -> now - end >= 0);
  }

  /** Asks every 50 ms until the value pleases; the last value is in the error. */
  public static <T> T until(
      String what, Duration limit, Callable<T> value, Predicate<? super T> wanted) {
    return Awaitility.await(what)
        .atMost(limit)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(50))
        .until(value, wanted::test);
  }
}

package dev.ovenbird.app.cluster;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When a report is written: never if it says nothing new, at once if a condition or mode changed,
 * otherwise {@value #INTERVAL_MILLIS} ms after the last one and a little, so that agents don't keep
 * step. Times are any clock's milliseconds.
 */
final class ReportPace {
  static final long INTERVAL_MILLIS = 30_000;
  static final long MIN_MILLIS = 1000;
  private static final long SPREAD_MILLIS = 3000;
  private static final long FIRST_RETRY_MILLIS = 500;

  private final RandomGenerator random;
  private final Backoff backoff;
  private @Nullable Report last;
  private long lastMillis;
  private long spreadMillis;
  private long notBeforeMillis;

  /** The last attempt got no answer: it may be what is written there. */
  private boolean unsure;

  ReportPace(RandomGenerator random) {
    this.random = random;
    backoff = new Backoff(FIRST_RETRY_MILLIS, INTERVAL_MILLIS, random);
    lastMillis = -INTERVAL_MILLIS;
    notBeforeMillis = Long.MIN_VALUE;
  }

  /** What is written there already, by this agent or its predecessor. */
  void starts(@Nullable Report there, long atMillis) {
    last = there;
    lastMillis = atMillis;
    unsure = false;
  }

  /** Milliseconds until this one is due, 0 or less for now; Long.MAX_VALUE if never. */
  long due(Report report, long nowMillis) {
    if (report.equals(last) && !unsure) {
      return Long.MAX_VALUE;
    }
    long pause = report.isUrgentAfter(last) ? MIN_MILLIS : INTERVAL_MILLIS + spreadMillis;
    return Math.max(lastMillis + pause, notBeforeMillis) - nowMillis;
  }

  void wrote(Report report, long nowMillis) {
    last = report;
    lastMillis = nowMillis;
    spreadMillis = random.nextLong(SPREAD_MILLIS);
    notBeforeMillis = Long.MIN_VALUE;
    unsure = false;
    backoff.succeeded();
  }

  void failed(long nowMillis) {
    unsure = true;
    notBeforeMillis = nowMillis + backoff.failed();
  }
}

package dev.ovenbird.e2e.operator;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** The time of day, ahead by as much as the test says, or standing still. */
public final class MovingClock extends Clock {
  private volatile Duration ahead = Duration.ZERO;
  private volatile @Nullable Instant stopped;

  public void advance(Duration more) {
    ahead = ahead.plus(more);
  }

  /** Nothing takes any time from here on. */
  public void stop() {
    stopped = Instant.now();
  }

  /** Takes {@link #stop} back: it is as late as if it had never been. */
  public void goOn() {
    stopped = null;
  }

  @Override
  public Instant instant() {
    Instant still = stopped;
    return (still == null ? Instant.now() : still).plus(ahead);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException();
  }
}

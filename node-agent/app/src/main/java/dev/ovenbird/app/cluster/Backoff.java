package dev.ovenbird.app.cluster;

import java.util.random.RandomGenerator;

/** Growing waits between attempts, each drawn anew so that a thousand agents don't keep step. */
final class Backoff {
  private final long firstMillis;
  private final long maxMillis;
  private final RandomGenerator random;
  private long nextMillis;

  Backoff(long firstMillis, long maxMillis, RandomGenerator random) {
    this.firstMillis = firstMillis;
    this.maxMillis = maxMillis;
    this.random = random;
    nextMillis = firstMillis;
  }

  /** Milliseconds to wait after one more failure: half to one and a half of what is due. */
  long failed() {
    long wait = nextMillis / 2 + random.nextLong(nextMillis + 1);
    nextMillis = Math.min(nextMillis * 2, maxMillis);
    return wait;
  }

  void succeeded() {
    nextMillis = firstMillis;
  }
}

package dev.ovenbird.protocol.session;

/** A rate limit: {@code perSecond} on average, as many at once. */
final class TokenBucket {
  private final long nanosPerToken;
  private final long capacityNanos;
  private long creditNanos;
  private long last;
  private boolean started;

  TokenBucket(int perSecond) {
    this.nanosPerToken = 1_000_000_000L / Math.max(1, perSecond);
    this.capacityNanos = nanosPerToken * Math.max(1, perSecond);
    this.creditNanos = capacityNanos;
  }

  /** Whether one may be taken now; none is. */
  boolean has(long bootNanos) {
    if (started) {
      creditNanos = Math.min(capacityNanos, creditNanos + Math.max(0, bootNanos - last));
    }
    started = true;
    last = Math.max(last, bootNanos);
    return creditNanos >= nanosPerToken;
  }

  boolean take(long bootNanos) {
    if (!has(bootNanos)) {
      return false;
    }
    creditNanos -= nanosPerToken;
    return true;
  }
}

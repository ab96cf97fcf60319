package dev.ovenbird.operator.reconcile.cluster;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** When to look again, the soonest of all reasons. */
final class Wake {
  private static final Duration SOONEST = Duration.ofMillis(50);

  private @Nullable Duration after;

  /** Null is no reason. */
  void in(@Nullable Duration duration) {
    if (duration == null) {
      return;
    }
    Duration bounded = duration.compareTo(SOONEST) < 0 ? SOONEST : duration;
    if (after == null || bounded.compareTo(after) < 0) {
      after = bounded;
    }
  }

  @Nullable Duration after() {
    return after;
  }

  Duration orElse(Duration latest) {
    in(latest);
    return after == null ? latest : after;
  }
}

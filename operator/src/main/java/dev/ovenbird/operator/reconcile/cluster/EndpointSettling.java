package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.operator.plan.Endpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Holds changed endpoints back until no further change has come for a while, so that three nodes
 * that arrive change profiles once. The first are given at once.
 */
final class EndpointSettling {
  /** Whoever never stops changing is followed all the same. */
  private static final int LONGEST = 6;

  private final Duration settle;
  private @Nullable SortedMap<String, List<Endpoint>> given;
  private @Nullable SortedMap<String, List<Endpoint>> next;
  private Instant firstChange = Instant.EPOCH;
  private Instant lastChange = Instant.EPOCH;

  EndpointSettling(Duration settle) {
    this.settle = settle;
  }

  /** What to publish now. */
  SortedMap<String, List<Endpoint>> settled(
      SortedMap<String, List<Endpoint>> endpoints, Instant now) {
    if (given == null || given.isEmpty() || endpoints.equals(given)) {
      next = null;
      given = endpoints;
      return endpoints;
    }
    if (next == null) {
      firstChange = now;
    }
    if (!endpoints.equals(next)) {
      next = endpoints;
      lastChange = now;
    }
    if (!now.isBefore(due())) {
      next = null;
      given = endpoints;
      return endpoints;
    }
    return given;
  }

  /** What is held back; null if nothing is. */
  @Nullable SortedMap<String, List<Endpoint>> pending() {
    return next;
  }

  /** How long until what is held back may be published; null if nothing is. */
  @Nullable Duration remaining(Instant now) {
    return next == null ? null : Duration.between(now, due());
  }

  private Instant due() {
    Instant quiet = lastChange.plus(settle);
    Instant longest = firstChange.plus(settle.multipliedBy(LONGEST));
    return quiet.isBefore(longest) ? quiet : longest;
  }
}

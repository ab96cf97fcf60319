package dev.ovenbird.operator.local;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** One lane and its process, if it has one. Confined to the cluster's thread. */
final class Lane {
  private static final int MAX_CRASHES = 5;
  private static final long WINDOW_NANOS = 60_000_000_000L;
  private static final long BACK_OFF_NANOS = 10_000_000_000L;

  final int number;
  @Nullable AgentProcess agent;
  boolean ready;

  /** Stopped for good: by a person, until a person starts it. */
  boolean stopped;

  private final ArrayDeque<Long> crashes = new ArrayDeque<>();

  Lane(int number) {
    this.number = number;
  }

  /** Nanoseconds to wait before it is started again: none, unless it crashes again and again. */
  long crashed(long nowNanos) {
    crashes.add(nowNanos);
    while (crashes.size() > 1 && nowNanos - crashes.getFirst() > WINDOW_NANOS) {
      crashes.remove();
    }
    return crashes.size() > MAX_CRASHES ? BACK_OFF_NANOS : 0;
  }
}

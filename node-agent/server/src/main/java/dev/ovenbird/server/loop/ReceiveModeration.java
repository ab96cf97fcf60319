package dev.ovenbird.server.loop;

/**
 * Decides how long the event loop leaves what comes in where it is, so that one wake-up serves many
 * packets: what interrupt moderation is to a network card. It begins no more than one round of work
 * in each interval while packets come fast, and never waits while they come slowly. Time comes in
 * as nanoseconds of any steady clock. Not thread-safe; allocates nothing.
 */
public final class ReceiveModeration {
  /** Longest interval that a program may ask for. */
  public static final long MAX_INTERVAL_NANOS = 1_000_000;

  public static final long DEFAULT_INTERVAL_NANOS = 500_000;

  /** Enough for a full system call: a longer wait would save nothing. */
  private static final int FULL_ROUND = 64;

  /** Packets that an interval must be expected to bring, to begin with and to go on. */
  private static final int WORTH_BEGINNING = 4;

  private static final int WORTH_CONTINUING = 2;

  /** How long packets are counted for an estimate. */
  private static final long WINDOW_NANOS = 2_000_000;

  /** A sleep has a price too. */
  private static final long SHORTEST_PAUSE_NANOS = 10_000;

  private final long intervalNanos;
  private long windowBegan;
  private long windowPackets;
  private long roundBegan;
  private long roundPackets;
  private boolean moderating;

  /**
   * @param intervalNanos between rounds of work under load; 0 = never wait
   */
  public ReceiveModeration(long intervalNanos, long nowNanos) {
    if (intervalNanos < 0 || intervalNanos > MAX_INTERVAL_NANOS) {
      throw new IllegalArgumentException(
          "interval of " + intervalNanos + " ns: 0 to " + MAX_INTERVAL_NANOS + " are possible");
    }
    this.intervalNanos = intervalNanos;
    this.windowBegan = nowNanos;
    this.roundBegan = nowNanos;
  }

  /** Packets came in, on whatever side. */
  public void received(int packets) {
    roundPackets += packets;
  }

  /**
   * All that was there has been worked off: how long to wait before more is looked for; 0 = not at
   * all.
   */
  public long pauseNanos(long nowNanos) {
    if (intervalNanos == 0) {
      return 0;
    }
    boolean full = roundPackets >= FULL_ROUND;
    windowPackets += roundPackets;
    roundPackets = 0;
    estimate(nowNanos);
    if (!moderating || full) {
      return 0;
    }
    long pause = roundBegan + intervalNanos - nowNanos;
    return pause < SHORTEST_PAUSE_NANOS ? 0 : Math.min(pause, intervalNanos);
  }

  /** From now on what comes in begins a round of work. */
  public void roundBegins(long nowNanos) {
    roundBegan = nowNanos;
  }

  private void estimate(long nowNanos) {
    long elapsed = nowNanos - windowBegan;
    if (elapsed >= WINDOW_NANOS) {
      long expected = windowPackets * intervalNanos / elapsed;
      moderating = expected >= (moderating ? WORTH_CONTINUING : WORTH_BEGINNING);
      windowBegan = nowNanos;
      windowPackets = 0;
    }
  }
}

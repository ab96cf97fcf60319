package dev.ovenbird.protocol.wrap;

/**
 * Refuses control packets seen before, or too far behind: a window of 64 counters within one time
 * value; a later time starts a new window, an earlier one is refused. Digest 2.2.
 */
public final class ReplayReceiver {
  private static final int WINDOW = Long.SIZE;

  private boolean started;
  private int time;
  private int highest;
  // Bit n: counter highest - n has been seen.
  private long seen;

  /**
   * Whether a packet is new; it counts as seen from then on. Only for packets that have verified.
   */
  public boolean accept(ReplayId id) {
    if (id.counter() == 0) {
      return false;
    }
    int order = started ? Integer.compareUnsigned(id.time(), time) : 1;
    if (order < 0) {
      return false;
    }
    if (order > 0) {
      started = true;
      time = id.time();
      highest = id.counter();
      seen = 1;
      return true;
    }
    long ahead = Integer.toUnsignedLong(id.counter()) - Integer.toUnsignedLong(highest);
    if (ahead > 0) {
      seen = ahead < WINDOW ? (seen << ahead) | 1 : 1;
      highest = id.counter();
      return true;
    }
    if (-ahead >= WINDOW) {
      return false;
    }
    long bit = 1L << -ahead;
    boolean fresh = (seen & bit) == 0;
    seen |= bit;
    return fresh;
  }
}

package dev.ovenbird.server;

/** When each of many equal steps may begin. Times are nanoseconds of one clock. */
final class Pace {
  private final long step;
  private long next;

  /**
   * @param begin of the first step
   * @param step from the begin of one to that of the next
   */
  Pace(long begin, long step) {
    this.next = begin;
    this.step = step;
  }

  /**
   * How long to wait after a step that ended now; 0 or less = not at all. A step that took longer,
   * as the first do in a new process, is not made up for: steps without a pause are what the pace
   * is to prevent.
   */
  long pause(long now) {
    next = Math.max(next + step, now);
    return next - now;
  }
}

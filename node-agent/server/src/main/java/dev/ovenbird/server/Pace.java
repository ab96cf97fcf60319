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
   * How long to wait after a step that ended now; 0 or less = not at all. Of a delay no more than
   * one step is made up for: steps without a pause are what the pace is to prevent, and the first
   * ones of a new process take long.
   */
  long pause(long now) {
    next = Math.max(next + step, now - step);
    return next - now;
  }
}

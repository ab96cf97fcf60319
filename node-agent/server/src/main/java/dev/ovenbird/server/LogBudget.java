package dev.ovenbird.server;

/** Limits lines that others can cause. For any thread. */
public final class LogBudget {
  private static final long PERIOD_NANOS = 10_000_000_000L;

  private final int linesPerPeriod;
  private long periodStart = Long.MIN_VALUE;
  private int used;
  private int suppressed;

  /**
   * @param linesPerPeriod lines per 10 seconds
   */
  public LogBudget(int linesPerPeriod) {
    this.linesPerPeriod = linesPerPeriod;
  }

  /** Whether one more line may be written now. */
  public synchronized boolean take(long nowNanos) {
    if (periodStart == Long.MIN_VALUE || nowNanos - periodStart >= PERIOD_NANOS) {
      periodStart = nowNanos;
      used = 0;
    }
    if (used >= linesPerPeriod) {
      suppressed++;
      return false;
    }
    used++;
    return true;
  }

  /** Lines refused since this was last asked. */
  public synchronized int takeSuppressed() {
    int count = suppressed;
    suppressed = 0;
    return count;
  }
}

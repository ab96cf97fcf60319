package dev.ovenbird.server.loop;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Calls back when a deadline has come. A deadline that moves away costs nothing: the old timer
 * rings early, which does no harm, and the new one is set then. Confined to the event loop.
 */
public final class DeadlineTimer {
  /** Netty's clock stands still while the machine sleeps, deadlines don't. */
  private static final long LONGEST_NANOS = 10_000_000_000L;

  private final EventLoop loop;
  private final Runnable onDeadline;
  private @Nullable Future<?> timer;
  private long setFor = Long.MAX_VALUE;

  public DeadlineTimer(EventLoop loop, Runnable onDeadline) {
    this.loop = loop;
    this.onDeadline = onDeadline;
  }

  /**
   * Sets the deadline.
   *
   * @param deadlineNanos Long.MAX_VALUE for never
   */
  public void set(long deadlineNanos, long nowNanos) {
    if (deadlineNanos >= setFor) {
      return;
    }
    cancel();
    long delay = Math.clamp(deadlineNanos - nowNanos, 0, LONGEST_NANOS);
    setFor = nowNanos + delay;
    timer = loop.schedule(this::ring, delay, TimeUnit.NANOSECONDS);
  }

  public void cancel() {
    Future<?> current = timer;
    timer = null;
    setFor = Long.MAX_VALUE;
    if (current != null) {
      current.cancel(false);
    }
  }

  private void ring() {
    timer = null;
    setFor = Long.MAX_VALUE;
    onDeadline.run();
  }
}

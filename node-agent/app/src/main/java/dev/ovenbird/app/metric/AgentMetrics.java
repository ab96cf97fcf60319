package dev.ovenbird.app.metric;

import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.server.metric.Metrics;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counts for the metrics page; nothing here allocates or waits. */
public final class AgentMetrics implements Metrics {
  /** Nanoseconds from which on a turn of the loop counts as slow: others' packets waited for it. */
  static final long SLOW_TURN_NANOS = 10_000_000;

  final LongAdder[] packets = adders(Flow.values().length);
  final LongAdder[] bytes = adders(Flow.values().length);
  final LongAdder[] drops = adders(DropReason.values().length);
  final LongAdder[] closes = adders(CloseReason.values().length);
  final LongAdder opened = new LongAdder();
  final LongAdder moved = new LongAdder();
  final LongAdder slowTasks = new LongAdder();
  final LongAdder slowTaskFailures = new LongAdder();
  final LongAdder slowTaskWaitNanos = new LongAdder();
  final LongAdder slowTaskRunNanos = new LongAdder();
  final LongAdder turns = new LongAdder();
  final LongAdder slowTurns = new LongAdder();
  final LongAdder turnNanos = new LongAdder();
  private final AtomicLong longestTurnNanos = new AtomicLong();
  volatile int open;
  volatile int halfOpen;
  volatile int tcpConnections;

  private static LongAdder[] adders(int count) {
    LongAdder[] adders = new LongAdder[count];
    for (int i = 0; i < count; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  @Override
  public void passed(Flow flow, int count, long size) {
    packets[flow.ordinal()].add(count);
    bytes[flow.ordinal()].add(size);
  }

  @Override
  public void dropped(DropReason reason) {
    drops[reason.ordinal()].increment();
  }

  @Override
  public void sessionOpened() {
    opened.increment();
  }

  @Override
  public void sessionClosed(CloseReason reason) {
    closes[reason.ordinal()].increment();
  }

  @Override
  public void sessionMoved() {
    moved.increment();
  }

  @Override
  public void sessions(int openNow, int halfOpenNow) {
    open = openNow;
    halfOpen = halfOpenNow;
  }

  @Override
  public void tcpConnections(int openNow) {
    tcpConnections = openNow;
  }

  @Override
  public void slowTask(long waitedNanos, long ranNanos) {
    slowTasks.increment();
    slowTaskWaitNanos.add(waitedNanos);
    slowTaskRunNanos.add(ranNanos);
  }

  @Override
  public void slowTaskFailed() {
    slowTaskFailures.increment();
  }

  @Override
  public void loopTurn(long nanos) {
    turns.increment();
    turnNanos.add(nanos);
    if (nanos >= SLOW_TURN_NANOS) {
      slowTurns.increment();
    }
    if (nanos > longestTurnNanos.getOpaque()) {
      longestTurnNanos.accumulateAndGet(nanos, Math::max);
    }
  }

  /** The longest turn since the last call. */
  long takeLongestTurnNanos() {
    return longestTurnNanos.getAndSet(0);
  }
}

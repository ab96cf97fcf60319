package dev.ovenbird.server.metric;

import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** Keeps the counts in memory; to be read by any thread. */
public final class CountingMetrics implements Metrics {
  private final LongAdder[] packets = adders(Flow.values().length);
  private final LongAdder[] bytes = adders(Flow.values().length);
  private final LongAdder[] drops = adders(DropReason.values().length);
  private final LongAdder[] closes = adders(CloseReason.values().length);
  private final LongAdder opened = new LongAdder();
  private final LongAdder moved = new LongAdder();
  private final LongAdder negotiationFailures = new LongAdder();
  private final LongAdder slowTasks = new LongAdder();
  private final LongAdder slowTaskNanos = new LongAdder();
  private final LongAdder slowTaskFailures = new LongAdder();
  private final LongAdder turns = new LongAdder();
  private final LongAdder turnNanos = new LongAdder();
  private final LongAccumulator longestTurn = new LongAccumulator(Math::max, 0);
  private volatile int open;
  private volatile int halfOpen;
  private volatile int tcp;

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
  public void negotiationFailed() {
    negotiationFailures.increment();
  }

  @Override
  public void sessions(int nowOpen, int nowHalfOpen) {
    open = nowOpen;
    halfOpen = nowHalfOpen;
  }

  @Override
  public void tcpConnections(int nowOpen) {
    tcp = nowOpen;
  }

  @Override
  public void slowTask(long waitedNanos, long ranNanos) {
    slowTasks.increment();
    slowTaskNanos.add(ranNanos);
  }

  @Override
  public void slowTaskFailed() {
    slowTaskFailures.increment();
  }

  @Override
  public void loopTurn(long nanos) {
    turns.increment();
    turnNanos.add(nanos);
    longestTurn.accumulate(nanos);
  }

  public long packets(Flow flow) {
    return packets[flow.ordinal()].sum();
  }

  public long bytes(Flow flow) {
    return bytes[flow.ordinal()].sum();
  }

  public long drops(DropReason reason) {
    return drops[reason.ordinal()].sum();
  }

  /** Drops for any reason. */
  public long drops() {
    return Arrays.stream(drops).mapToLong(LongAdder::sum).sum();
  }

  public long opened() {
    return opened.sum();
  }

  public long closed(CloseReason reason) {
    return closes[reason.ordinal()].sum();
  }

  public long moved() {
    return moved.sum();
  }

  public long negotiationFailures() {
    return negotiationFailures.sum();
  }

  public int openSessions() {
    return open;
  }

  public int halfOpenSessions() {
    return halfOpen;
  }

  public int openTcpConnections() {
    return tcp;
  }

  public long slowTasks() {
    return slowTasks.sum();
  }

  public long slowTaskNanos() {
    return slowTaskNanos.sum();
  }

  public long slowTaskFailures() {
    return slowTaskFailures.sum();
  }

  public long turns() {
    return turns.sum();
  }

  public long turnNanos() {
    return turnNanos.sum();
  }

  public long longestTurnNanos() {
    return longestTurn.get();
  }

  private static LongAdder[] adders(int count) {
    return Stream.generate(LongAdder::new).limit(count).toArray(LongAdder[]::new);
  }
}

package dev.ovenbird.server.metric;

import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** Keeps the counts in memory; to be read by any thread. Nothing here allocates or waits. */
public final class CountingMetrics implements Metrics {
  /** Nanoseconds from which on a turn of the loop counts as slow: others' packets waited for it. */
  private static final long SLOW_TURN_NANOS = 10_000_000;

  private final LongAdder[] packets = adders(Flow.values().length);
  private final LongAdder[] bytes = adders(Flow.values().length);
  private final LongAdder[] drops = adders(DropReason.values().length);
  private final LongAdder[] closes = adders(CloseReason.values().length);
  private final LongAdder[] dns = adders(DnsEvent.values().length);
  private final LongAdder opened = new LongAdder();
  private final LongAdder moved = new LongAdder();
  private final LongAdder negotiationFailures = new LongAdder();
  private final LongAdder slowTasks = new LongAdder();
  private final LongAdder slowTaskWaitNanos = new LongAdder();
  private final LongAdder slowTaskNanos = new LongAdder();
  private final LongAdder slowTaskFailures = new LongAdder();
  private final LongAdder turns = new LongAdder();
  private final LongAdder slowTurns = new LongAdder();
  private final LongAdder turnNanos = new LongAdder();
  private final LongAdder pauses = new LongAdder();
  private final AtomicLong longestTurnNanos = new AtomicLong();
  private final AtomicLongArray stages = new AtomicLongArray(StartStage.values().length);
  private volatile int open;
  private volatile int halfOpen;
  private volatile int tcp;

  @Override
  public void reached(StartStage stage) {
    reached(stage, System.nanoTime());
  }

  /** The same at a time before now ({@link System#nanoTime}). */
  public void reached(StartStage stage, long nanoTime) {
    stages.compareAndSet(stage.ordinal(), 0, nanoTime);
  }

  /** When a stage of the start was reached ({@link System#nanoTime}); 0 = not yet. */
  public long reachedAt(StartStage stage) {
    return stages.get(stage.ordinal());
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
    slowTaskWaitNanos.add(waitedNanos);
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
    if (nanos >= SLOW_TURN_NANOS) {
      slowTurns.increment();
    }
    if (nanos > longestTurnNanos.getOpaque()) {
      longestTurnNanos.accumulateAndGet(nanos, Math::max);
    }
  }

  @Override
  public void loopPaused() {
    pauses.increment();
  }

  @Override
  public void dns(DnsEvent event) {
    dns[event.ordinal()].increment();
  }

  public long dnsEvents(DnsEvent event) {
    return dns[event.ordinal()].sum();
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

  /** What they waited for a worker. */
  public long slowTaskWaitNanos() {
    return slowTaskWaitNanos.sum();
  }

  /** What they ran. */
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

  /** Turns of 10 ms or more. */
  public long slowTurns() {
    return slowTurns.sum();
  }

  /** Pauses in which packets gathered. */
  public long pauses() {
    return pauses.sum();
  }

  /** The longest turn since the last call. */
  public long takeLongestTurnNanos() {
    return longestTurnNanos.getAndSet(0);
  }

  private static LongAdder[] adders(int count) {
    return Stream.generate(LongAdder::new).limit(count).toArray(LongAdder[]::new);
  }
}

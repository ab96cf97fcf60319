package dev.ovenbird.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * Clock, randomness and everything that happens, in one thread and in an order that depends on the
 * seed alone. After every step the registered invariants are checked.
 */
public final class Simulation {
  public static final long MILLI = 1_000_000L;
  public static final long SECOND = 1_000_000_000L;

  private static final long START_WALL_SECONDS = 1_790_000_000L;

  private record Event(long at, long order, Runnable action) {}

  private final long seed;
  private final Random random;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
  private final List<String> log = new ArrayList<>();
  private final List<Runnable> invariants = new ArrayList<>();
  private long now = SECOND;
  private long startWallSeconds = START_WALL_SECONDS;
  private long order;

  public Simulation(long seed) {
    this.seed = seed;
    this.random = new Random(seed);
  }

  public long seed() {
    return seed;
  }

  /** Boot nanoseconds. */
  public long now() {
    return now;
  }

  public long wallSeconds() {
    return startWallSeconds + now / SECOND;
  }

  /** Sets the wall clock back. */
  public void setClockBack(long seconds) {
    startWallSeconds -= seconds;
  }

  /** A random source of its own for one part, so that parts don't disturb one another. */
  public Random fork() {
    return new Random(random.nextLong());
  }

  public SeededRandom forkSecure() {
    return new SeededRandom(random.nextLong());
  }

  public void after(long nanos, Runnable action) {
    at(now + Math.max(0, nanos), action);
  }

  public void at(long time, Runnable action) {
    events.add(new Event(Math.max(now, time), order++, action));
  }

  /** Checked after every step; throws if it doesn't hold. */
  public void invariant(Runnable check) {
    invariants.add(check);
  }

  public void log(String line) {
    log.add(now / 1000 + " " + line);
  }

  /** What happened; two runs of one seed have equal logs. */
  public List<String> log() {
    return Collections.unmodifiableList(log);
  }

  /** Runs for so long. */
  public void run(long nanos) {
    runUntil(() -> false, nanos);
  }

  /** Runs until the condition holds; false if it didn't within the time. */
  public boolean runUntil(BooleanSupplier condition, long nanos) {
    long end = now + nanos;
    try {
      while (!condition.getAsBoolean()) {
        Event next = events.peek();
        if (next == null || next.at > end) {
          now = end;
          return condition.getAsBoolean();
        }
        events.remove();
        now = next.at;
        next.action.run();
        invariants.forEach(Runnable::run);
      }
      return true;
    } catch (RuntimeException | Error e) {
      throw new AssertionError("-Dsimulation.seed=" + seed + " at " + now / 1000 + " µs", e);
    }
  }
}

package dev.ovenbird.app;

import java.util.concurrent.TimeUnit;

/** When this process began to be the agent: when it was made, or when a spare one's turn came. */
final class Beginning {
  private final long mainNanoTime = System.nanoTime();
  // Beginning and first line of our code are the same for a spare agent.
  private volatile long turnNanoTime;
  private volatile boolean isTurn;

  /** A spare agent's turn has come. */
  void now() {
    turnNanoTime = System.nanoTime();
    isTurn = true;
  }

  /** When our code began, as {@link System#nanoTime}. */
  long mainNanoTime() {
    return isTurn ? turnNanoTime : mainNanoTime;
  }

  /** The beginning, as {@link System#nanoTime}. */
  long nanoTime() {
    return isTurn
        ? turnNanoTime
        : System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(ProcessAge.millis());
  }

  long millisSince() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanoTime());
  }
}

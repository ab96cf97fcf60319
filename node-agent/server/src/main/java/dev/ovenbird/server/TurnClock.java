package dev.ovenbird.server;

import dev.ovenbird.linux.clock.BootClock;

/** The time of an event loop's turn, read once at its beginning. */
final class TurnClock {
  private long bootNanos;
  private long wallSeconds;

  void read() {
    bootNanos = BootClock.bootNanos();
    wallSeconds = System.currentTimeMillis() / 1000;
  }

  /** CLOCK_BOOTTIME. */
  long bootNanos() {
    return bootNanos;
  }

  /** Unix time. */
  long wallSeconds() {
    return wallSeconds;
  }
}

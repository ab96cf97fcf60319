package dev.ovenbird.e2e.relay;

import java.time.Duration;

/**
 * What a relay does to the packets of one direction; percentages are of all packets.
 *
 * @param delay added to every packet
 * @param reorderDelay added to those that are to be overtaken
 */
public record Impairment(
    int lossPercent,
    int duplicatePercent,
    int corruptPercent,
    int reorderPercent,
    Duration delay,
    Duration reorderDelay) {
  public static final Impairment NONE = new Impairment(0, 0, 0, 0, Duration.ZERO, Duration.ZERO);

  /** A bad line: some of everything. */
  public static Impairment bad(int percent) {
    return new Impairment(
        percent, percent, percent, percent, Duration.ofMillis(5), Duration.ofMillis(20));
  }

  /** Every n-th packet in a hundred arrives twice. */
  public static Impairment duplicating(int percent) {
    return new Impairment(0, percent, 0, 0, Duration.ZERO, Duration.ZERO);
  }

  /** Some packets arrive with a bit changed. */
  public static Impairment corrupting(int percent) {
    return new Impairment(0, 0, percent, 0, Duration.ZERO, Duration.ZERO);
  }
}

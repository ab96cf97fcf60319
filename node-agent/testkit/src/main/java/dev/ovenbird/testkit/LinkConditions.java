package dev.ovenbird.testkit;

/**
 * How bad a link is. Probabilities from 0 to 1, times in nanoseconds.
 *
 * @param delayNanos smallest one-way delay
 * @param jitterNanos added at random: what reorders packets
 */
public record LinkConditions(
    String name, long delayNanos, long jitterNanos, double loss, double duplicate, double corrupt) {
  private static final long MILLI = 1_000_000L;

  public static final LinkConditions CLEAN = new LinkConditions("clean", 5 * MILLI, 0, 0, 0, 0);
  public static final LinkConditions LOSSY =
      new LinkConditions("lossy", 20 * MILLI, MILLI, 0.15, 0, 0);
  public static final LinkConditions REORDERING =
      new LinkConditions("reordering", 5 * MILLI, 60 * MILLI, 0, 0, 0);
  public static final LinkConditions DUPLICATING =
      new LinkConditions("duplicating", 10 * MILLI, 5 * MILLI, 0, 0.3, 0);
  public static final LinkConditions CORRUPTING =
      new LinkConditions("corrupting", 10 * MILLI, 0, 0, 0, 0.1);
  public static final LinkConditions AWFUL =
      new LinkConditions("awful", 20 * MILLI, 50 * MILLI, 0.1, 0.1, 0.05);
}

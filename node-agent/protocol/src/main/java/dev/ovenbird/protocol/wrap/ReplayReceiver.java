package dev.ovenbird.protocol.wrap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Refuses control packets seen before, or too far behind: a window of 64 counters within one time
 * value; a later time starts a new window, an earlier one is refused. Digest 2.2. Its state is two
 * words of memory, which somebody may keep: time above the highest counter, and a bitmap whose bit
 * n says that {@code highest - n} was seen.
 */
public final class ReplayReceiver {
  public static final int BYTES = 16;

  private static final int WINDOW = Long.SIZE;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private MemorySegment memory;
  private long offset;
  private boolean started;

  public ReplayReceiver() {
    memory = MemorySegment.ofArray(new byte[BYTES]);
  }

  private ReplayReceiver(MemorySegment memory, long offset) {
    this.memory = memory;
    this.offset = offset;
    this.started = memory.get(LONG, offset) != 0;
    // Whoever died between two writes left the bitmap inexact: all up to the mark counts as seen.
    memory.set(LONG, offset + 8, -1);
  }

  /** Goes on from what lies there: nothing up to the highest id is new. */
  public static ReplayReceiver resumed(MemorySegment memory, long offset) {
    return new ReplayReceiver(memory, offset);
  }

  /** From now on its state lies there, in {@value #BYTES} bytes. */
  public void keepIn(MemorySegment kept, long keptOffset) {
    kept.set(LONG, keptOffset + 8, memory.get(LONG, offset + 8));
    kept.set(LONG, keptOffset, memory.get(LONG, offset));
    memory = kept;
    offset = keptOffset;
  }

  /**
   * Whether a packet is new; it counts as seen from then on. Only for packets that have verified.
   */
  public boolean accept(ReplayId id) {
    if (id.counter() == 0) {
      return false;
    }
    long word = memory.get(LONG, offset);
    int order = started ? Integer.compareUnsigned(id.time(), (int) (word >>> 32)) : 1;
    if (order < 0) {
      return false;
    }
    if (order > 0) {
      started = true;
      mark(id, 1);
      return true;
    }
    long seen = memory.get(LONG, offset + 8);
    long ahead = Integer.toUnsignedLong(id.counter()) - (word & 0xffff_ffffL);
    if (ahead > 0) {
      mark(id, ahead < WINDOW ? (seen << ahead) | 1 : 1);
      return true;
    }
    if (-ahead >= WINDOW) {
      return false;
    }
    long bit = 1L << -ahead;
    memory.set(LONG, offset + 8, seen | bit);
    return (seen & bit) == 0;
  }

  private void mark(ReplayId highest, long seen) {
    memory.set(
        LONG, offset, (long) highest.time() << 32 | Integer.toUnsignedLong(highest.counter()));
    memory.set(LONG, offset + 8, seen);
  }
}

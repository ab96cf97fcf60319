package dev.ovenbird.protocol.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The 64 newest packet ids of one key (digest 5.4), as 16 bytes of somebody's record: the highest
 * id seen, then a bitmap whose bit n says that {@code highest - n} was seen. Ids start at 1.
 */
final class ReplayWindow {
  static final int BYTES = 16;

  private static final int WIDTH = 64;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private ReplayWindow() {}

  /** Whether the packet is new; if so it is remembered. Only for authenticated ids. */
  static boolean accept(MemorySegment record, long offset, long id) {
    if (id <= 0) {
      return false;
    }
    long highest = record.get(LONG, offset);
    long bitmap = record.get(LONG, offset + 8);
    if (id > highest) {
      long ahead = id - highest;
      record.set(LONG, offset + 8, ahead < WIDTH ? bitmap << ahead | 1 : 1);
      record.set(LONG, offset, id);
      return true;
    }
    long behind = highest - id;
    if (behind >= WIDTH || (bitmap >>> behind & 1) != 0) {
      return false;
    }
    record.set(LONG, offset + 8, bitmap | 1L << behind);
    return true;
  }
}

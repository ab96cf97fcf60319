package dev.ovenbird.protocol.wrap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Numbers the packets of one wrap, retransmissions included: no replay id ever repeats. Digest 2.2.
 * Its state is one word of memory, time above counter, written before the packet is made: somebody
 * who keeps that memory goes on where a process has died.
 */
public final class ReplaySender {
  public static final int BYTES = 8;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private MemorySegment memory;
  private long offset;
  private boolean started;

  /**
   * @param start the first packet's counter is one more
   */
  public ReplaySender(int start) {
    memory = MemorySegment.ofArray(new byte[BYTES]);
    set(start, 0);
  }

  private ReplaySender(MemorySegment memory, long offset) {
    this.memory = memory;
    this.offset = offset;
    this.started = time() != 0;
  }

  /** Goes on from what lies there. */
  public static ReplaySender resumed(MemorySegment memory, long offset) {
    return new ReplaySender(memory, offset);
  }

  /** From now on its state lies there, in {@value #BYTES} bytes. */
  public void keepIn(MemorySegment kept, long keptOffset) {
    kept.set(LONG, keptOffset, memory.get(LONG, offset));
    memory = kept;
    offset = keptOffset;
  }

  /** The next packet's counter is one more: an earlier packet (a stateless reply) had this one. */
  public void continueAt(int lastCounter) {
    if (started && Integer.compareUnsigned(lastCounter, counter()) < 0) {
      throw new IllegalArgumentException("replay ids would repeat");
    }
    set(lastCounter, time());
  }

  /**
   * @param wallSeconds Unix time; counts at the first packet, and when the counter starts again
   */
  public ReplayId next(long wallSeconds) {
    int time = started ? time() : (int) wallSeconds;
    int counter = counter();
    started = true;
    if (counter == -1) {
      int later = time + 1;
      time = Integer.compareUnsigned((int) wallSeconds, later) > 0 ? (int) wallSeconds : later;
      counter = 0;
    }
    counter++;
    set(counter, time);
    return new ReplayId(counter, time);
  }

  private int counter() {
    return (int) memory.get(LONG, offset);
  }

  private int time() {
    return (int) (memory.get(LONG, offset) >>> 32);
  }

  private void set(int counter, int time) {
    memory.set(LONG, offset, (long) time << 32 | Integer.toUnsignedLong(counter));
  }
}

package dev.ovenbird.protocol.wrap;

/**
 * Numbers the packets of one wrap, retransmissions included: no replay id ever repeats. Digest 2.2.
 */
public final class ReplaySender {
  private int counter;
  private int time;
  private boolean started;

  /**
   * @param start the first packet's counter is one more
   */
  public ReplaySender(int start) {
    counter = start;
  }

  /** The next packet's counter is one more: an earlier packet (a stateless reply) had this one. */
  public void continueAt(int lastCounter) {
    if (started && Integer.compareUnsigned(lastCounter, counter) < 0) {
      throw new IllegalArgumentException("replay ids would repeat");
    }
    counter = lastCounter;
  }

  /**
   * @param wallSeconds Unix time; counts at the first packet, and when the counter starts again
   */
  public ReplayId next(long wallSeconds) {
    if (!started) {
      started = true;
      time = (int) wallSeconds;
    }
    if (counter == -1) {
      int later = time + 1;
      time = Integer.compareUnsigned((int) wallSeconds, later) > 0 ? (int) wallSeconds : later;
      counter = 0;
    }
    counter++;
    return new ReplayId(counter, time);
  }
}

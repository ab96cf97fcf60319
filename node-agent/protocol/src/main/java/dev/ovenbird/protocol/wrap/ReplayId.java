package dev.ovenbird.protocol.wrap;

/**
 * Tells a packet from its replay. Digest 2.2.
 *
 * @param counter unsigned; first packet 1, one more with every packet
 * @param time unsigned Unix seconds, constant until the counter would wrap
 */
public record ReplayId(int counter, int time) {
  public static final int BYTES = 8;

  /** Of packets in a wrap without replay ids. */
  public static final ReplayId NONE = new ReplayId(0, 0);
}

package dev.ovenbird.server.route;

import java.lang.foreign.MemorySegment;

/** The Internet checksum (RFC 1071), as far as header rewriting needs it. */
final class Checksum {
  private Checksum() {}

  /**
   * The checksum after one 16-bit word it covers has changed (RFC 1624, equation 3). A word at an
   * odd distance counts with its bytes swapped.
   */
  static short updated(short checksum, int oldWord, int newWord) {
    int sum = (~checksum & 0xffff) + (~oldWord & 0xffff) + (newWord & 0xffff);
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = (sum & 0xffff) + (sum >>> 16);
    return (short) ~sum;
  }

  /** The checksum of an even number of bytes. */
  static short of(MemorySegment packet, long offset, int bytes) {
    int sum = 0;
    for (int i = 0; i < bytes; i += 2) {
      sum += packet.get(IpHeader.SHORT, offset + i) & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = (sum & 0xffff) + (sum >>> 16);
    return (short) ~sum;
  }
}

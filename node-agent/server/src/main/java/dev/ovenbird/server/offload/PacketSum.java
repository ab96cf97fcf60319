package dev.ovenbird.server.offload;

import static dev.ovenbird.server.offload.FlowPacket.SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Ones' complement sums over packets (RFC 1071), as numbers in network byte order. */
public final class PacketSum {
  private static final boolean SWAP = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
  private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED;

  private PacketSum() {}

  /** The folded sum of a range; an odd last byte counts as if a zero followed. */
  static int of(MemorySegment segment, long offset, int length) {
    // A loop over an int index and 32-bit loads is what C2 compiles best (dataplane.md, recipe 5).
    MemorySegment range = segment.asSlice(offset, length);
    long sum = 0;
    int i = 0;
    for (; i + 4 <= length; i += 4) {
      sum += range.get(WORD, i) & 0xffffffffL;
    }
    if (i + 2 <= length) {
      sum += range.get(HALF, i) & 0xffff;
      i += 2;
    }
    if (i < length) {
      int last = range.get(ValueLayout.JAVA_BYTE, i) & 0xff;
      sum += SWAP ? last : last << 8;
    }
    int folded = fold(sum);
    return SWAP ? Short.reverseBytes((short) folded) & 0xffff : folded;
  }

  static int fold(long sum) {
    long folded = (sum & 0xffffffffL) + (sum >>> 32);
    folded = (folded & 0xffff) + (folded >>> 16);
    folded = (folded & 0xffff) + (folded >>> 16);
    return (int) ((folded & 0xffff) + (folded >>> 16));
  }

  /** The folded sum of the pseudo-header of a packet with a plain IPv4 or IPv6 header. */
  static int pseudoHeader(
      MemorySegment packet, long offset, boolean ipv6, int protocol, int transportBytes) {
    long addresses = ipv6 ? of(packet, offset + 8, 32) : of(packet, offset + 12, 8);
    return fold(addresses + protocol + transportBytes);
  }

  /** Sets the checksum of an IPv4 header of {@code bytes}. */
  public static void setIpv4Header(MemorySegment packet, long offset, int bytes) {
    packet.set(SHORT, offset + 10, (short) 0);
    packet.set(SHORT, offset + 10, (short) ~of(packet, offset, bytes));
  }

  /** Sets the TCP checksum of an IPv4 packet of {@code packetBytes}, its header included. */
  public static void setIpv4Tcp(
      MemorySegment packet, long offset, int headerBytes, int packetBytes) {
    long tcp = offset + headerBytes;
    int bytes = packetBytes - headerBytes;
    packet.set(SHORT, tcp + 16, (short) 0);
    int sum = pseudoHeader(packet, offset, false, FlowPacket.TCP, bytes) + of(packet, tcp, bytes);
    packet.set(SHORT, tcp + 16, (short) ~fold(sum));
  }

  /**
   * The checksum after one 16-bit word it covers has changed (RFC 1624, equation 3). A word at an
   * odd distance counts with its bytes swapped.
   */
  public static short updated(short checksum, int oldWord, int newWord) {
    return (short) ~fold((~checksum & 0xffffL) + (~oldWord & 0xffff) + (newWord & 0xffff));
  }
}

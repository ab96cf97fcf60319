package dev.ovenbird.server.route;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The header of one IP packet, read with bounds checks; made once and used for every packet.
 * Addresses as in {@link Cidr}. IPv6 extension headers are not followed.
 */
public final class IpHeader {
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  static final int ICMP = 1;
  static final int TCP = 6;
  static final int UDP = 17;
  static final int ICMPV6 = 58;
  private static final int DNS_PORT = 53;

  private boolean isIpv6;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;
  private int length;
  private int headerBytes;
  private int protocol;
  private boolean isFragment;

  /**
   * Reads a header.
   *
   * @param available bytes of the packet, perhaps with padding after it
   * @return false if it is no whole IP packet
   */
  public boolean read(MemorySegment packet, long offset, int available) {
    if (available < 20) {
      return false;
    }
    int first = packet.get(ValueLayout.JAVA_BYTE, offset) & 255;
    return switch (first >>> 4) {
      case 4 -> readIpv4(packet, offset, available, (first & 15) * 4);
      case 6 -> readIpv6(packet, offset, available);
      default -> false;
    };
  }

  private boolean readIpv4(MemorySegment packet, long offset, int available, int header) {
    length = packet.get(SHORT, offset + 2) & 0xffff;
    if (header < 20 || length < header || length > available) {
      return false;
    }
    isIpv6 = false;
    headerBytes = header;
    protocol = packet.get(ValueLayout.JAVA_BYTE, offset + 9) & 255;
    isFragment = (packet.get(SHORT, offset + 6) & 0x3fff) != 0;
    sourceHigh = 0;
    sourceLow = Cidr.IPV4_PREFIX | Integer.toUnsignedLong(packet.get(INT, offset + 12));
    destinationHigh = 0;
    destinationLow = Cidr.IPV4_PREFIX | Integer.toUnsignedLong(packet.get(INT, offset + 16));
    return true;
  }

  private boolean readIpv6(MemorySegment packet, long offset, int available) {
    if (available < 40) {
      return false;
    }
    length = 40 + (packet.get(SHORT, offset + 4) & 0xffff);
    if (length > available) {
      return false;
    }
    isIpv6 = true;
    headerBytes = 40;
    protocol = packet.get(ValueLayout.JAVA_BYTE, offset + 6) & 255;
    isFragment = false;
    sourceHigh = packet.get(LONG, offset + 8);
    sourceLow = packet.get(LONG, offset + 16);
    destinationHigh = packet.get(LONG, offset + 24);
    destinationLow = packet.get(LONG, offset + 32);
    return true;
  }

  public boolean isIpv6() {
    return isIpv6;
  }

  public long sourceHigh() {
    return sourceHigh;
  }

  public long sourceLow() {
    return sourceLow;
  }

  public long destinationHigh() {
    return destinationHigh;
  }

  public long destinationLow() {
    return destinationLow;
  }

  /** Bytes of the whole packet, as its header says; never more than were available. */
  public int length() {
    return length;
  }

  int headerBytes() {
    return headerBytes;
  }

  int protocol() {
    return protocol;
  }

  boolean isFragment() {
    return isFragment;
  }

  /** Whether the packet goes to port 53 by UDP or TCP; never for fragments. */
  public boolean isDns(MemorySegment packet, long offset) {
    return (protocol == UDP || protocol == TCP)
        && !isFragment
        && length >= headerBytes + 8
        && packet.get(SHORT, offset + headerBytes + 2) == DNS_PORT;
  }

  /**
   * Whether the source is an IPv6 link-local or unspecified address: clients' neighbour discovery,
   * which is dropped and is no spoofing (digest 5.8).
   */
  public boolean isFromLinkLocal() {
    return isIpv6
        && ((sourceHigh & 0xffc0_0000_0000_0000L) == 0xfe80_0000_0000_0000L
            || (sourceHigh | sourceLow) == 0);
  }
}

package dev.ovenbird.server.offload;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Fields of IP and TCP headers, and the parse of one packet. Made once, used for every packet. */
final class TcpPacket {
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  static final int TCP = 6;
  static final int UDP = 17;
  static final int IPV4_BYTES = 20;
  static final int IPV6_BYTES = 40;
  static final int TCP_BYTES = 20;
  static final int SEQUENCE = 4;
  static final int FLAGS = 13;
  static final int CHECKSUM = 16;
  static final int FIN = 1;
  static final int PSH = 8;
  static final int ACK = 16;
  static final int CWR = 128;

  private static final int ANY_FRAGMENT = 0x3fff;

  boolean ipv6;
  int ipBytes;
  int tcpBytes;
  int payload;
  int flags;
  long tcp;

  /**
   * Reads a whole packet: IPv4 without options or IPv6 without extension headers, no fragment, TCP.
   *
   * @return false if it is something else
   */
  boolean read(MemorySegment packet, long offset, int length) {
    if (length < IPV4_BYTES + TCP_BYTES) {
      return false;
    }
    int first = packet.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    if (first == 0x45) {
      ipv6 = false;
      ipBytes = IPV4_BYTES;
      if ((packet.get(SHORT, offset + 2) & 0xffff) != length
          || (packet.get(SHORT, offset + 6) & ANY_FRAGMENT) != 0
          || packet.get(ValueLayout.JAVA_BYTE, offset + 9) != TCP) {
        return false;
      }
    } else if (first >>> 4 == 6 && length >= IPV6_BYTES + TCP_BYTES) {
      ipv6 = true;
      ipBytes = IPV6_BYTES;
      if ((packet.get(SHORT, offset + 4) & 0xffff) != length - IPV6_BYTES
          || packet.get(ValueLayout.JAVA_BYTE, offset + 6) != TCP) {
        return false;
      }
    } else {
      return false;
    }
    tcp = offset + ipBytes;
    tcpBytes = (packet.get(ValueLayout.JAVA_BYTE, tcp + 12) >>> 4 & 15) * 4;
    payload = length - ipBytes - tcpBytes;
    flags = packet.get(ValueLayout.JAVA_BYTE, tcp + FLAGS) & 0xff;
    return tcpBytes >= TCP_BYTES && payload >= 0;
  }

  /** Whether segments like this one can be merged: data, and no flag beyond ACK and PSH. */
  boolean isMergeable() {
    return payload > 0 && (flags & ~PSH) == ACK;
  }

  boolean isChecksumRight(MemorySegment packet, long offset) {
    int bytes = tcpBytes + payload;
    long sum = PacketSum.pseudoHeader(packet, offset, ipv6, TCP, bytes);
    return PacketSum.fold(sum + PacketSum.of(packet, tcp, bytes)) == 0xffff;
  }
}

package dev.ovenbird.server.offload;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Fields of IP, TCP and UDP headers, and the parse of one packet. Made once, used for every one.
 */
final class FlowPacket {
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  static final int TCP = 6;
  static final int UDP = 17;
  static final int IPV4_BYTES = 20;
  static final int IPV6_BYTES = 40;
  static final int TCP_BYTES = 20;
  static final int UDP_BYTES = 8;
  static final int SEQUENCE = 4;
  static final int ACKNOWLEDGEMENT = 8;
  static final int FLAGS = 13;
  static final int TCP_CHECKSUM = 16;
  static final int UDP_LENGTH = 4;
  static final int UDP_CHECKSUM = 6;
  static final int FIN = 1;
  static final int PSH = 8;
  static final int ACK = 16;
  static final int CWR = 128;

  private static final int DATA_OFFSET = 12;

  /** Data offset without the reserved bits, flags: those of a pure ACK with 5 and with 8 words. */
  private static final int PLAIN_ACK = 0x5010;

  private static final int TIMED_ACK = 0x8010;

  /** Two NOPs, then a timestamp: how Linux, Windows and macOS write it. */
  private static final int NOP_NOP_TIMESTAMP = 0x0101080a;

  private static final int ANY_FRAGMENT = 0x3fff;

  boolean ipv6;
  int ipBytes;

  /** TCP or UDP. */
  int protocol;

  /** Of the TCP or UDP header, which begins at {@link #transport}. */
  int headerBytes;

  long transport;
  int payload;
  boolean pushed;

  /** Whether packets like this one can be merged. */
  boolean mergeable;

  /**
   * Whether this is nothing but an acknowledgement of all bytes up to a number, so that a later one
   * says it, too: no data, no SACK, no congestion marks, no option but a timestamp.
   */
  boolean acknowledges;

  /**
   * Reads a whole packet: IPv4 without options or IPv6 without extension headers, no fragment, TCP
   * or UDP.
   *
   * @return false if it is something else
   */
  boolean read(MemorySegment packet, long offset, int length) {
    if (length < IPV4_BYTES + UDP_BYTES) {
      return false;
    }
    int first = packet.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    if (first == 0x45) {
      ipv6 = false;
      ipBytes = IPV4_BYTES;
      if ((packet.get(SHORT, offset + 2) & 0xffff) != length
          || (packet.get(SHORT, offset + 6) & ANY_FRAGMENT) != 0) {
        return false;
      }
      protocol = packet.get(ValueLayout.JAVA_BYTE, offset + 9);
    } else if (first >>> 4 == 6 && length >= IPV6_BYTES + UDP_BYTES) {
      ipv6 = true;
      ipBytes = IPV6_BYTES;
      if ((packet.get(SHORT, offset + 4) & 0xffff) != length - IPV6_BYTES) {
        return false;
      }
      protocol = packet.get(ValueLayout.JAVA_BYTE, offset + 6);
    } else {
      return false;
    }
    transport = offset + ipBytes;
    return switch (protocol) {
      case TCP -> readTcp(packet, length - ipBytes);
      case UDP -> readUdp(packet, length - ipBytes);
      default -> false;
    };
  }

  private boolean readTcp(MemorySegment packet, int bytes) {
    if (bytes < TCP_BYTES) {
      return false;
    }
    headerBytes = tcpBytes(packet, transport);
    payload = bytes - headerBytes;
    int flags = packet.get(ValueLayout.JAVA_BYTE, transport + FLAGS) & 0xff;
    pushed = (flags & PSH) != 0;
    // Data, and no flag beyond ACK and PSH.
    mergeable = payload > 0 && (flags & ~PSH) == ACK;
    acknowledges = payload == 0 && isPureAcknowledgement(packet);
    return headerBytes >= TCP_BYTES && payload >= 0;
  }

  private boolean isPureAcknowledgement(MemorySegment packet) {
    int offsetAndFlags = packet.get(SHORT, transport + DATA_OFFSET) & 0xffff;
    return offsetAndFlags == PLAIN_ACK
        || (offsetAndFlags == TIMED_ACK
            && packet.get(INT, transport + TCP_BYTES) == NOP_NOP_TIMESTAMP);
  }

  /** Bytes that a TCP header says it has. */
  static int tcpBytes(MemorySegment packet, long transport) {
    return (packet.get(ValueLayout.JAVA_BYTE, transport + DATA_OFFSET) >>> 4 & 15) * 4;
  }

  private boolean readUdp(MemorySegment packet, int bytes) {
    headerBytes = UDP_BYTES;
    payload = bytes - UDP_BYTES;
    pushed = false;
    acknowledges = false;
    // Cut apart again, a datagram that had no checksum would have one.
    mergeable =
        payload > 0
            && (packet.get(SHORT, transport + UDP_LENGTH) & 0xffff) == bytes
            && packet.get(SHORT, transport + UDP_CHECKSUM) != 0;
    return true;
  }

  boolean isChecksumRight(MemorySegment packet, long offset) {
    int bytes = headerBytes + payload;
    long sum = PacketSum.pseudoHeader(packet, offset, ipv6, protocol, bytes);
    return PacketSum.fold(sum + PacketSum.of(packet, transport, bytes)) == 0xffff;
  }
}

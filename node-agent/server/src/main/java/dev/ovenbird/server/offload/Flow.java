package dev.ovenbird.server.offload;

import static dev.ovenbird.server.offload.FlowPacket.INT;
import static dev.ovenbird.server.offload.FlowPacket.SHORT;
import static dev.ovenbird.server.offload.FlowPacket.TCP;

import dev.ovenbird.linux.tun.IoVector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Segments of one TCP connection or datagrams of one UDP flow that follow one another and wait to
 * leave as one packet. The rules are those of Linux's own GRO, so that the kernel can take the
 * packet apart into just these.
 */
final class Flow {
  private static final int MAX_PACKET = 65_535;

  /** Kernels before 6.9 refuse more datagrams in one packet. */
  private static final int MAX_SEGMENTS = 64;

  /** Kernels may refuse packets cut into very small pieces (8 bytes and less, since 2024). */
  private static final int MIN_SEGMENT_BYTES = 64;

  /** Data offset, flags and window are one word; PSH alone may differ. */
  private static final int OFFSET_FLAGS_WINDOW = 12;

  private static final int PSH_IN_WORD = FlowPacket.PSH << 16;

  private final MemorySegment vnetHeader;
  private final IoVector pieces;
  private MemorySegment memory = MemorySegment.NULL;
  private long offset;
  private boolean ipv6;
  private int ipBytes;
  private int protocol;
  private int headerBytes;
  private int segmentBytes;
  private int length;
  private int nextSequence;
  private boolean pushed;
  private boolean complete;
  private int segments;
  private boolean acknowledges;
  private int replaced;

  Flow(Arena arena) {
    vnetHeader = arena.allocate(VnetHeader.BYTES, 8);
    pieces = new IoVector(arena, MAX_SEGMENTS + 1);
  }

  boolean isEmpty() {
    return segments == 0;
  }

  /** Packets that this stands for: its segments, and acknowledgements that a later one replaced. */
  int packets() {
    return segments + replaced;
  }

  /**
   * Whether this waits for packets of the other's flow: protocol, addresses and ports are equal.
   */
  boolean isFlowOf(FlowPacket other, MemorySegment packet, long at) {
    if (segments == 0 || ipv6 != other.ipv6 || protocol != other.protocol) {
      return false;
    }
    int from = ipv6 ? 8 : 12;
    int addresses = ipv6 ? 32 : 8;
    return same(packet, at + from, offset + from, addresses)
        && packet.get(INT, other.transport) == memory.get(INT, offset + ipBytes);
  }

  private boolean same(MemorySegment packet, long theirs, long ours, int bytes) {
    for (int i = 0; i < bytes; i += 4) {
      if (packet.get(INT, theirs + i) != memory.get(INT, ours + i)) {
        return false;
      }
    }
    return true;
  }

  /** Begins anew with a mergeable packet, or with an acknowledgement. */
  void begin(FlowPacket first, MemorySegment packet, long at) {
    memory = packet;
    offset = at;
    ipv6 = first.ipv6;
    ipBytes = first.ipBytes;
    protocol = first.protocol;
    headerBytes = first.headerBytes;
    segmentBytes = first.payload;
    length = first.ipBytes + first.headerBytes + first.payload;
    if (protocol == TCP) {
      nextSequence = packet.get(INT, first.transport + FlowPacket.SEQUENCE) + first.payload;
    }
    acknowledges = first.acknowledges;
    replaced = 0;
    pushed = first.pushed;
    complete = pushed;
    segments = 1;
    pieces.clear();
    pieces.add(vnetHeader, 0, VnetHeader.BYTES);
    pieces.add(packet, at, length);
  }

  /** Whether nothing can follow: the last one was short, or pushed. */
  boolean isComplete() {
    return complete || segments == MAX_SEGMENTS;
  }

  /** Adds a mergeable packet of this flow; false if it does not continue it. */
  boolean append(FlowPacket next, MemorySegment packet, long at) {
    if (segmentBytes < MIN_SEGMENT_BYTES
        || next.payload > segmentBytes
        || next.headerBytes != headerBytes
        || length + next.payload > MAX_PACKET
        || !sameIpHeader(packet, at)
        || (protocol == TCP && !continuesTcp(packet, next.transport))) {
      return false;
    }
    pieces.add(packet, next.transport + headerBytes, next.payload);
    length += next.payload;
    nextSequence += next.payload;
    segments++;
    pushed = next.pushed;
    // A shorter one can only be the last.
    complete = pushed || next.payload < segmentBytes;
    return true;
  }

  /**
   * Whether this is an acknowledgement, and the other one of this flow says all that it says, and
   * more. One that repeats the number is a sign of loss or of a new window, and stays.
   */
  boolean isReplacedBy(FlowPacket next, MemorySegment packet, long at) {
    long ours = offset + ipBytes;
    return acknowledges
        && next.acknowledges
        && next.headerBytes == headerBytes
        && sameMarks(packet, at)
        && packet.get(INT, next.transport + FlowPacket.SEQUENCE) == nextSequence
        && packet.get(INT, next.transport + FlowPacket.ACKNOWLEDGEMENT)
                - memory.get(INT, ours + FlowPacket.ACKNOWLEDGEMENT)
            > 0;
  }

  /** Takes the place of the acknowledgement that waits here. */
  void replace(FlowPacket next, MemorySegment packet, long at) {
    int before = replaced + 1;
    begin(next, packet, at);
    replaced = before;
  }

  private boolean sameIpHeader(MemorySegment packet, long at) {
    if (ipv6) {
      return sameMarks(packet, at);
    }
    int identification = memory.get(SHORT, offset + 4) + segments;
    return sameMarks(packet, at) && packet.get(SHORT, at + 4) == (short) identification;
  }

  /** Version, traffic class, flow label, hop limit; of IPv4 also "don't fragment". */
  private boolean sameMarks(MemorySegment packet, long at) {
    int hops = ipv6 ? 7 : 8;
    return packet.get(SHORT, at) == memory.get(SHORT, offset)
        && packet.get(SHORT, at + (ipv6 ? 2 : 6)) == memory.get(SHORT, offset + (ipv6 ? 2 : 6))
        && packet.get(ValueLayout.JAVA_BYTE, at + hops)
            == memory.get(ValueLayout.JAVA_BYTE, offset + hops);
  }

  private boolean continuesTcp(MemorySegment packet, long theirs) {
    long ours = offset + ipBytes;
    int different =
        packet.get(INT, theirs + OFFSET_FLAGS_WINDOW) ^ memory.get(INT, ours + OFFSET_FLAGS_WINDOW);
    return (different & ~PSH_IN_WORD) == 0
        && packet.get(INT, theirs + FlowPacket.SEQUENCE) == nextSequence
        && packet.get(INT, theirs + FlowPacket.ACKNOWLEDGEMENT)
            == memory.get(INT, ours + FlowPacket.ACKNOWLEDGEMENT)
        && same(
            packet,
            theirs + FlowPacket.TCP_BYTES,
            ours + FlowPacket.TCP_BYTES,
            headerBytes - FlowPacket.TCP_BYTES);
  }

  /**
   * Makes the headers fit the whole, and empties this; what it gives is valid until the next use.
   */
  IoVector finish() {
    if (segments == 1) {
      VnetHeader.writePlain(vnetHeader, 0);
    } else {
      mergeIpHeader();
      mergeTransportHeader(offset + ipBytes);
    }
    segments = 0;
    replaced = 0;
    return pieces;
  }

  private void mergeIpHeader() {
    if (ipv6) {
      memory.set(SHORT, offset + 4, (short) (length - FlowPacket.IPV6_BYTES));
    } else {
      memory.set(SHORT, offset + 2, (short) length);
      PacketSum.setIpv4Header(memory, offset, ipBytes);
    }
  }

  private void mergeTransportHeader(long at) {
    int bytes = length - ipBytes;
    int checksum;
    if (protocol == TCP) {
      checksum = FlowPacket.TCP_CHECKSUM;
      VnetHeader.writeTcp(vnetHeader, 0, ipv6, ipBytes, headerBytes, segmentBytes);
      if (pushed) {
        int flags = memory.get(ValueLayout.JAVA_BYTE, at + FlowPacket.FLAGS) | FlowPacket.PSH;
        memory.set(ValueLayout.JAVA_BYTE, at + FlowPacket.FLAGS, (byte) flags);
      }
    } else {
      checksum = FlowPacket.UDP_CHECKSUM;
      VnetHeader.writeUdp(vnetHeader, 0, ipBytes, segmentBytes);
      memory.set(SHORT, at + FlowPacket.UDP_LENGTH, (short) bytes);
    }
    int sum = PacketSum.pseudoHeader(memory, offset, ipv6, protocol, bytes);
    memory.set(SHORT, at + checksum, (short) sum);
  }
}

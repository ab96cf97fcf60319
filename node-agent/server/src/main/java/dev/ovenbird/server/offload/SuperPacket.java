package dev.ovenbird.server.offload;

import static dev.ovenbird.server.offload.FlowPacket.INT;
import static dev.ovenbird.server.offload.FlowPacket.SHORT;
import static dev.ovenbird.server.offload.FlowPacket.TCP;
import static dev.ovenbird.server.offload.FlowPacket.UDP;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A packet as the kernel hands it over with a vnet header: perhaps many TCP segments or UDP
 * datagrams under one header, perhaps without its checksum. Gives the packets that it stands for,
 * one after the other, with all checksums. Made once, used for every packet.
 */
public final class SuperPacket {
  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int DESTINATION = 60;

  private MemorySegment memory = MemorySegment.NULL;
  private long offset;
  private int length;
  private int type;
  private int segmentBytes;
  private int headerBytes;
  private boolean ipv6;
  private int ipBytes;

  /** The pseudo-header's sum but for the length. */
  private int pseudoHeader;

  private int done;
  private int number;
  private boolean exhausted = true;

  /**
   * Begins with what was read from the TUN.
   *
   * @param offset of the vnet header
   * @param bytes vnet header and packet
   * @return false if it makes no sense: drop it
   */
  public boolean begin(MemorySegment buffer, long offset, int bytes) {
    exhausted = true;
    memory = buffer;
    this.offset = offset + VnetHeader.BYTES;
    length = bytes - VnetHeader.BYTES;
    done = 0;
    number = 0;
    if (length < FlowPacket.IPV4_BYTES) {
      return false;
    }
    type = VnetHeader.gsoType(buffer, offset);
    segmentBytes = VnetHeader.gsoSize(buffer, offset);
    boolean sane =
        switch (type) {
          case VnetHeader.GSO_NONE -> completeChecksum(offset);
          case VnetHeader.GSO_TCPV4, VnetHeader.GSO_TCPV6 ->
              beginMany(offset, TCP) && ipv6 == (type == VnetHeader.GSO_TCPV6);
          case VnetHeader.GSO_UDP_L4 -> beginMany(offset, UDP);
          default -> false;
        };
    exhausted = !sane;
    return sane;
  }

  private boolean completeChecksum(long header) {
    if (!VnetHeader.needsChecksum(memory, header)) {
      return true;
    }
    int start = VnetHeader.checksumStart(memory, header);
    int at = start + VnetHeader.checksumOffset(memory, header);
    if (start >= length || at + 2 > length) {
      return false;
    }
    // The field holds the pseudo-header's sum, so that it is part of what is summed.
    int sum = ~PacketSum.of(memory, offset + start, length - start) & 0xffff;
    boolean udp = at - start == 6;
    memory.set(SHORT, offset + at, (short) (udp && sum == 0 ? 0xffff : sum));
    return true;
  }

  private boolean beginMany(long header, int protocol) {
    ipv6 = (memory.get(ValueLayout.JAVA_BYTE, offset) & 0xf0) == 0x60;
    ipBytes = ipv6 ? ipv6Bytes(protocol) : ipv4Bytes(protocol);
    int transportBytes = length - ipBytes;
    int least = protocol == TCP ? FlowPacket.TCP_BYTES : FlowPacket.UDP_BYTES;
    if (segmentBytes == 0 || ipBytes < 0 || transportBytes < least) {
      return false;
    }
    long transport = offset + ipBytes;
    int checksum = protocol == TCP ? FlowPacket.TCP_CHECKSUM : FlowPacket.UDP_CHECKSUM;
    int bytes = protocol == TCP ? FlowPacket.tcpBytes(memory, transport) : FlowPacket.UDP_BYTES;
    headerBytes = ipBytes + bytes;
    int sum;
    if (VnetHeader.needsChecksum(memory, header)) {
      if (VnetHeader.checksumStart(memory, header) != ipBytes) {
        return false;
      }
      // Made by the kernel, which knows what a routing header does to it.
      sum = memory.get(SHORT, transport + checksum) & 0xffff;
    } else {
      sum = PacketSum.pseudoHeader(memory, offset, ipv6, protocol, transportBytes);
    }
    pseudoHeader = sum + (~transportBytes & 0xffff);
    return bytes >= least && bytes <= transportBytes;
  }

  /** Bytes of the IPv4 header with its options; -1 if it is none of a packet of this protocol. */
  private int ipv4Bytes(int protocol) {
    int first = memory.get(ValueLayout.JAVA_BYTE, offset);
    int bytes = (first & 15) * 4;
    boolean right =
        first >>> 4 == 4
            && bytes >= FlowPacket.IPV4_BYTES
            && (memory.get(SHORT, offset + 2) & 0xffff) == length
            && memory.get(ValueLayout.JAVA_BYTE, offset + 9) == protocol;
    return right ? bytes : -1;
  }

  /** Bytes of the IPv6 header and the extension headers; -1 if the protocol does not follow. */
  private int ipv6Bytes(int protocol) {
    int bytes = FlowPacket.IPV6_BYTES;
    if (length < bytes || (memory.get(SHORT, offset + 4) & 0xffff) != length - bytes) {
      return -1;
    }
    int next = memory.get(ValueLayout.JAVA_BYTE, offset + 6) & 0xff;
    while (next != protocol) {
      boolean passes = next == HOP_BY_HOP || next == ROUTING || next == DESTINATION;
      if (!passes || bytes + 8 > length) {
        return -1;
      }
      next = memory.get(ValueLayout.JAVA_BYTE, offset + bytes) & 0xff;
      bytes += ((memory.get(ValueLayout.JAVA_BYTE, offset + bytes + 1) & 0xff) + 1) * 8;
    }
    return bytes;
  }

  public boolean hasNext() {
    return !exhausted;
  }

  /** Gives up what is left. */
  public void skip() {
    exhausted = true;
  }

  /** Bytes of the next packet. */
  public int nextLength() {
    return type == VnetHeader.GSO_NONE
        ? length
        : headerBytes + Math.min(segmentBytes, length - headerBytes - done);
  }

  /** Writes the next packet, {@link #nextLength} bytes, and moves on. */
  public void next(MemorySegment out, long at) {
    int bytes = nextLength();
    if (type == VnetHeader.GSO_NONE) {
      MemorySegment.copy(memory, offset, out, at, length);
      exhausted = true;
      return;
    }
    int payload = bytes - headerBytes;
    MemorySegment.copy(memory, offset, out, at, headerBytes);
    MemorySegment.copy(memory, offset + headerBytes + done, out, at + headerBytes, payload);
    boolean last = done + payload >= length - headerBytes;
    ipHeader(out, at, bytes);
    if (type == VnetHeader.GSO_UDP_L4) {
      udpHeader(out, at, 8 + payload);
    } else {
      tcpHeader(out, at, bytes - ipBytes, last);
    }
    done += payload;
    number++;
    exhausted = last;
  }

  private void ipHeader(MemorySegment out, long at, int bytes) {
    if (ipv6) {
      out.set(SHORT, at + 4, (short) (bytes - FlowPacket.IPV6_BYTES));
    } else {
      out.set(SHORT, at + 2, (short) bytes);
      out.set(SHORT, at + 4, (short) (out.get(SHORT, at + 4) + number));
      PacketSum.setIpv4Header(out, at, ipBytes);
    }
  }

  private void tcpHeader(MemorySegment out, long at, int bytes, boolean last) {
    long header = at + ipBytes;
    out.set(INT, header + FlowPacket.SEQUENCE, out.get(INT, header + FlowPacket.SEQUENCE) + done);
    int flags = out.get(ValueLayout.JAVA_BYTE, header + FlowPacket.FLAGS);
    if (!last) {
      flags &= ~(FlowPacket.FIN | FlowPacket.PSH);
    }
    if (number > 0) {
      flags &= ~FlowPacket.CWR;
    }
    out.set(ValueLayout.JAVA_BYTE, header + FlowPacket.FLAGS, (byte) flags);
    out.set(SHORT, header + FlowPacket.TCP_CHECKSUM, (short) 0);
    out.set(SHORT, header + FlowPacket.TCP_CHECKSUM, (short) ~transportSum(out, header, bytes));
  }

  private void udpHeader(MemorySegment out, long at, int bytes) {
    long header = at + ipBytes;
    out.set(SHORT, header + FlowPacket.UDP_LENGTH, (short) bytes);
    out.set(SHORT, header + FlowPacket.UDP_CHECKSUM, (short) 0);
    int sum = ~transportSum(out, header, bytes) & 0xffff;
    out.set(SHORT, header + FlowPacket.UDP_CHECKSUM, (short) (sum == 0 ? 0xffff : sum));
  }

  private int transportSum(MemorySegment out, long header, int bytes) {
    return PacketSum.fold((long) pseudoHeader + bytes + PacketSum.of(out, header, bytes));
  }
}

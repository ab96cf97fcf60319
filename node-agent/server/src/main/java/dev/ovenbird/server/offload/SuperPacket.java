package dev.ovenbird.server.offload;

import static dev.ovenbird.server.offload.TcpPacket.INT;
import static dev.ovenbird.server.offload.TcpPacket.SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A packet as the kernel hands it over with a vnet header: perhaps many TCP segments or UDP
 * datagrams under one header, perhaps without its checksum. Gives the packets that it stands for,
 * one after the other, with all checksums. Made once, used for every packet.
 */
public final class SuperPacket {
  private final TcpPacket tcp = new TcpPacket();
  private MemorySegment memory = MemorySegment.NULL;
  private long offset;
  private int length;
  private int type;
  private int segmentBytes;
  private int headerBytes;
  private boolean ipv6;
  private int ipBytes;
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
    if (length < TcpPacket.IPV4_BYTES) {
      return false;
    }
    type = VnetHeader.gsoType(buffer, offset);
    segmentBytes = VnetHeader.gsoSize(buffer, offset);
    boolean sane =
        switch (type) {
          case VnetHeader.GSO_NONE -> completeChecksum(offset);
          case VnetHeader.GSO_TCPV4, VnetHeader.GSO_TCPV6 -> segmentBytes > 0 && beginTcp();
          case VnetHeader.GSO_UDP_L4 -> segmentBytes > 0 && beginUdp();
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

  private boolean beginTcp() {
    // The length field counts the whole packet; TcpPacket checks that it agrees.
    if (!tcp.read(memory, offset, length)) {
      return false;
    }
    ipv6 = tcp.ipv6;
    ipBytes = tcp.ipBytes;
    headerBytes = tcp.ipBytes + tcp.tcpBytes;
    return ipv6 == (type == VnetHeader.GSO_TCPV6);
  }

  private boolean beginUdp() {
    ipv6 = memory.get(ValueLayout.JAVA_BYTE, offset) >>> 4 == 6;
    ipBytes = ipv6 ? TcpPacket.IPV6_BYTES : (memory.get(ValueLayout.JAVA_BYTE, offset) & 15) * 4;
    headerBytes = ipBytes + 8;
    return ipBytes >= TcpPacket.IPV4_BYTES && headerBytes <= length;
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
      out.set(SHORT, at + 4, (short) (bytes - TcpPacket.IPV6_BYTES));
    } else {
      out.set(SHORT, at + 2, (short) bytes);
      out.set(SHORT, at + 4, (short) (out.get(SHORT, at + 4) + number));
      PacketSum.setIpv4Header(out, at, ipBytes);
    }
  }

  private void tcpHeader(MemorySegment out, long at, int bytes, boolean last) {
    long header = at + ipBytes;
    out.set(INT, header + TcpPacket.SEQUENCE, out.get(INT, header + TcpPacket.SEQUENCE) + done);
    int flags = out.get(ValueLayout.JAVA_BYTE, header + TcpPacket.FLAGS);
    if (!last) {
      flags &= ~(TcpPacket.FIN | TcpPacket.PSH);
    }
    if (number > 0) {
      flags &= ~TcpPacket.CWR;
    }
    out.set(ValueLayout.JAVA_BYTE, header + TcpPacket.FLAGS, (byte) flags);
    out.set(SHORT, header + TcpPacket.CHECKSUM, (short) 0);
    out.set(
        SHORT, header + TcpPacket.CHECKSUM, (short) ~transportSum(out, at, TcpPacket.TCP, bytes));
  }

  private void udpHeader(MemorySegment out, long at, int bytes) {
    long header = at + ipBytes;
    out.set(SHORT, header + 4, (short) bytes);
    out.set(SHORT, header + 6, (short) 0);
    int sum = ~transportSum(out, at, TcpPacket.UDP, bytes) & 0xffff;
    out.set(SHORT, header + 6, (short) (sum == 0 ? 0xffff : sum));
  }

  private int transportSum(MemorySegment out, long at, int protocol, int bytes) {
    long pseudo = PacketSum.pseudoHeader(out, at, ipv6, protocol, bytes);
    return PacketSum.fold(pseudo + PacketSum.of(out, at + ipBytes, bytes));
  }
}

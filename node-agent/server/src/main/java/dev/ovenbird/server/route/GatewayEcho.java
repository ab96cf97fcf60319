package dev.ovenbird.server.route;

import dev.ovenbird.server.offload.PacketSum;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The gateway's answer to a ping (RFC 792, RFC 4443 4.2), made in the request's own bytes. */
public final class GatewayEcho {
  private static final byte HOP_LIMIT = 64;

  private GatewayEcho() {}

  /**
   * Turns an echo request into its reply.
   *
   * @return false if it is none; the packet is then unchanged
   */
  public static boolean answer(MemorySegment packet, long offset, IpHeader header) {
    boolean ipv6 = header.isIpv6();
    if (header.protocol() != (ipv6 ? IpHeader.ICMPV6 : IpHeader.ICMP)
        || header.isFragment()
        || header.length() < header.headerBytes() + 8) {
      return false;
    }
    long icmp = offset + header.headerBytes();
    int request = ipv6 ? 128 : 8;
    int reply = ipv6 ? 129 : 0;
    int typeAndCode = packet.get(IpHeader.SHORT, icmp) & 0xffff;
    if (typeAndCode != request << 8) {
      return false;
    }
    packet.set(IpHeader.SHORT, icmp, (short) (reply << 8));
    short checksum = packet.get(IpHeader.SHORT, icmp + 2);
    // The pseudo-header's sum is the same with the addresses swapped.
    packet.set(IpHeader.SHORT, icmp + 2, PacketSum.updated(checksum, request << 8, reply << 8));
    if (ipv6) {
      packet.set(ValueLayout.JAVA_BYTE, offset + 7, HOP_LIMIT);
      packet.set(IpHeader.LONG, offset + 8, header.destinationHigh());
      packet.set(IpHeader.LONG, offset + 16, header.destinationLow());
      packet.set(IpHeader.LONG, offset + 24, header.sourceHigh());
      packet.set(IpHeader.LONG, offset + 32, header.sourceLow());
    } else {
      packet.set(ValueLayout.JAVA_BYTE, offset + 8, HOP_LIMIT);
      packet.set(IpHeader.INT, offset + 12, (int) header.destinationLow());
      packet.set(IpHeader.INT, offset + 16, (int) header.sourceLow());
      PacketSum.setIpv4Header(packet, offset, header.headerBytes());
    }
    return true;
  }
}

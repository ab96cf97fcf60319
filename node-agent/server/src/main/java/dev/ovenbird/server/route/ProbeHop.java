package dev.ovenbird.server.route;

import dev.ovenbird.server.offload.PacketSum;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

/**
 * The beginning of a TCP connection from an address of the tunnel's network that no client has, to
 * see whether the answer comes back: by the node's firewall, address translation and routes.
 * Confined to the event loop.
 */
public final class ProbeHop implements NextHop {
  private static final int HEADER_BYTES = 20;
  private static final int PACKET_BYTES = 40;
  private static final int FLAGS = 13;
  private static final byte SYN = 0x02;
  private static final byte RST = 0x04;
  private static final byte ACK = 0x10;

  private final Cidr source;
  private final Cidr service;
  private final int servicePort;
  private final int sourcePort;
  private final int sequence;
  private final Runnable answered;

  /**
   * @param source an IPv4 host
   * @param service an IPv4 host
   * @param answered run when somebody has accepted or refused the connection
   */
  public ProbeHop(
      Cidr source, Cidr service, int servicePort, RandomGenerator random, Runnable answered) {
    this.source = source;
    this.service = service;
    this.servicePort = servicePort;
    this.sourcePort = random.nextInt(32768, 61000);
    this.sequence = random.nextInt();
    this.answered = answered;
  }

  public Cidr source() {
    return source;
  }

  /** The request for a connection. */
  public MemorySegment request() {
    return packet(SYN, sequence);
  }

  /** What ends a connection that was accepted. */
  public MemorySegment reset() {
    return packet(RST, sequence + 1);
  }

  /** A packet for the source address; others than the answer are ignored. */
  public void received(MemorySegment packet, long offset, IpHeader header) {
    long tcp = offset + header.headerBytes();
    if (header.isIpv6()
        || header.protocol() != IpHeader.TCP
        || header.isFragment()
        || header.length() < header.headerBytes() + 20
        || header.sourceLow() != service.low()
        || (packet.get(IpHeader.SHORT, tcp) & 0xffff) != servicePort
        || (packet.get(IpHeader.SHORT, tcp + 2) & 0xffff) != sourcePort
        || packet.get(IpHeader.INT, tcp + 8) != sequence + 1) {
      return;
    }
    byte flags = packet.get(ValueLayout.JAVA_BYTE, tcp + FLAGS);
    if ((flags & ACK) != 0 && (flags & (SYN | RST)) != 0) {
      answered.run();
    }
  }

  private MemorySegment packet(byte flags, int number) {
    MemorySegment packet = Arena.ofAuto().allocate(PACKET_BYTES, 8);
    packet.set(ValueLayout.JAVA_BYTE, 0, (byte) 0x45);
    packet.set(IpHeader.SHORT, 2, (short) PACKET_BYTES);
    packet.set(ValueLayout.JAVA_BYTE, 8, (byte) 64);
    packet.set(ValueLayout.JAVA_BYTE, 9, (byte) IpHeader.TCP);
    packet.set(IpHeader.INT, 12, (int) source.low());
    packet.set(IpHeader.INT, 16, (int) service.low());
    PacketSum.setIpv4Header(packet, 0, HEADER_BYTES);
    packet.set(IpHeader.SHORT, 20, (short) sourcePort);
    packet.set(IpHeader.SHORT, 22, (short) servicePort);
    packet.set(IpHeader.INT, 24, number);
    packet.set(ValueLayout.JAVA_BYTE, 32, (byte) 0x50);
    packet.set(ValueLayout.JAVA_BYTE, 33, flags);
    packet.set(IpHeader.SHORT, 34, (short) 1024);
    PacketSum.setIpv4Tcp(packet, 0, HEADER_BYTES, PACKET_BYTES);
    return packet;
  }
}

package dev.ovenbird.linux;

import dev.ovenbird.linux.netlink.Prefix;
import dev.ovenbird.linux.tun.TunDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;

/** IP packets to put into a TUN, and what comes out. */
public final class Packets {
  public static final int ICMP = 1;
  public static final int UDP = 17;
  public static final int ICMPV6 = 58;

  private Packets() {}

  /** An echo request with this identifier. */
  public static byte[] echoRequest(String source, String destination, int identifier) {
    boolean ipv4 = Prefix.parse(source).ipv4();
    ByteBuffer echo = ByteBuffer.allocate(16).put((byte) (ipv4 ? 8 : 128)).put((byte) 0);
    echo.putShort((short) 0).putShort((short) identifier).putShort((short) 1);
    return packet(source, destination, ipv4 ? ICMP : ICMPV6, echo.array(), 2);
  }

  /** A datagram to this port. */
  public static byte[] datagram(String source, String destination, int port) {
    ByteBuffer udp = ByteBuffer.allocate(16).putShort((short) 40000).putShort((short) port);
    udp.putShort((short) 16).putShort((short) 0);
    return packet(source, destination, UDP, udp.array(), 6);
  }

  private static byte[] packet(
      String source, String destination, int protocol, byte[] payload, int checksumAt) {
    byte[] from = Prefix.parse(source).addressBytes();
    byte[] to = Prefix.parse(destination).addressBytes();
    ByteBuffer pseudo = ByteBuffer.allocate(from.length * 2 + 4 + payload.length);
    if (protocol != ICMP) {
      pseudo.put(from).put(to).putShort((short) protocol).putShort((short) payload.length);
    }
    pseudo.put(payload);
    ByteBuffer.wrap(payload).putShort(checksumAt, checksum(pseudo.array()));
    if (from.length == 16) {
      ByteBuffer packet = ByteBuffer.allocate(40 + payload.length).putInt(0x60000000);
      packet.putShort((short) payload.length).put((byte) protocol).put((byte) 64);
      return packet.put(from).put(to).put(payload).array();
    }
    ByteBuffer packet = ByteBuffer.allocate(20 + payload.length).putShort((short) 0x4500);
    packet.putShort((short) (20 + payload.length)).putInt(0).put((byte) 64).put((byte) protocol);
    packet.putShort((short) 0).put(from).put(to).put(payload);
    ByteBuffer header = ByteBuffer.allocate(20).put(packet.array(), 0, 20);
    packet.putShort(10, checksum(header.array()));
    return packet.array();
  }

  private static short checksum(byte[] bytes) {
    int sum = 0;
    for (int i = 0; i < bytes.length; i += 2) {
      sum += ((bytes[i] & 255) << 8) | (bytes[i + 1] & 255);
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    return (short) ~((sum & 0xffff) + (sum >>> 16));
  }

  /** Makes the answer to an IPv4 echo request. */
  public static byte[] echoReply(byte[] request) {
    ByteBuffer reply = ByteBuffer.wrap(request.clone());
    reply.put(12, request, 16, 4).put(16, request, 12, 4);
    reply.put(20, (byte) 0).putShort(22, (short) 0);
    byte[] icmp = new byte[request.length - 20 + (request.length & 1)];
    reply.get(20, icmp, 0, request.length - 20);
    return reply.putShort(22, checksum(icmp)).array();
  }

  /** Whether the packet is an echo reply to the request with this identifier. */
  public static boolean isEchoReply(byte[] packet, int identifier) {
    boolean ipv4 = packet[0] >>> 4 == 4;
    int at = ipv4 ? 20 : 40;
    return packet[ipv4 ? 9 : 6] == (ipv4 ? ICMP : ICMPV6)
        && (packet[at] & 255) == (ipv4 ? 0 : 129)
        && ByteBuffer.wrap(packet).getShort(at + 4) == (short) identifier;
  }

  public static int write(TunDevice tun, byte[] packet) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_BYTE, packet);
      return tun.write(memory, 0, packet.length);
    }
  }

  /** IPv6 with a hop-by-hop header: MLD, which the kernel sends when it likes. */
  private static boolean isMulticastReport(MemorySegment packet) {
    return packet.get(ValueLayout.JAVA_BYTE, 0) >>> 4 == 6
        && packet.get(ValueLayout.JAVA_BYTE, 6) == 0;
  }

  /** The next packet that the kernel puts into the TUN; fails after 5 s without one. */
  public static byte[] read(TunDevice tun) {
    long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(65536);
      while (System.nanoTime() < deadline) {
        int length = tun.read(memory, 0, 65536);
        if (length >= 0 && !isMulticastReport(memory)) {
          return memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
        Thread.onSpinWait();
      }
    }
    throw new AssertionError("no packet came out of " + tun);
  }
}

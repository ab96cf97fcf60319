package dev.ovenbird.e2e.offload;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Random;

/**
 * Whole IP packets from one side of {@link TwoTuns} to the other, and what a router makes of them.
 */
final class RawPackets {
  static final int TCP = 6;
  static final int UDP = 17;
  static final int ACK = 0x10;
  private static final int TTL = 64;

  private final Random random;

  RawPackets(long seed) {
    random = new Random(seed);
  }

  private byte[] data(int bytes) {
    byte[] data = new byte[bytes];
    random.nextBytes(data);
    return data;
  }

  static byte[] address(boolean ipv6, int side) {
    return InetAddress.ofLiteral((ipv6 ? "fd00:213:" + side + "::2" : "10.213." + side + ".2"))
        .getAddress();
  }

  /**
   * An IP packet without options.
   *
   * @param fragment flags and offset as the IPv4 header has them
   */
  static byte[] ip(boolean ipv6, int id, int fragment, int protocol, byte[] payload) {
    ByteBuffer packet = ByteBuffer.allocate((ipv6 ? 40 : 20) + payload.length);
    if (ipv6) {
      packet.putInt(0x60000000).putShort((short) payload.length);
      packet.put((byte) protocol).put((byte) TTL);
    } else {
      packet.putShort((short) 0x4500).putShort((short) packet.capacity());
      packet.putShort((short) id).putShort((short) fragment);
      packet.put((byte) TTL).put((byte) protocol).putShort((short) 0);
    }
    packet.put(address(ipv6, 1)).put(address(ipv6, 2)).put(payload);
    return withHeaderSum(packet.array());
  }

  /** A datagram of random bytes. */
  byte[] udp(boolean ipv6, int port, int id, int payload) {
    ByteBuffer udp = ByteBuffer.allocate(8 + payload);
    udp.putShort((short) port).putShort((short) 443).putShort((short) udp.capacity());
    udp.putShort((short) 0).put(data(payload));
    return withTransportSum(ip(ipv6, id, 0, UDP, udp.array()), 6);
  }

  /** A segment of random bytes; the options are a multiple of four bytes. */
  byte[] tcp(boolean ipv6, int port, int id, int sequence, int flags, byte[] options, int payload) {
    ByteBuffer tcp = ByteBuffer.allocate(20 + options.length + payload);
    tcp.putShort((short) port).putShort((short) 443).putInt(sequence).putInt(77);
    tcp.put((byte) (((20 + options.length) / 4) << 4)).put((byte) flags).putShort((short) 502);
    tcp.putInt(0).put(options).put(data(payload));
    return withTransportSum(ip(ipv6, id, 0x4000, TCP, tcp.array()), 16);
  }

  /** With bytes between the IPv4 header and what follows. */
  static byte[] withOptions(byte[] ipv4, byte[] options) {
    ByteBuffer packet = ByteBuffer.allocate(ipv4.length + options.length);
    packet.put(ipv4, 0, 20).put(options).put(ipv4, 20, ipv4.length - 20);
    packet.put(0, (byte) (0x45 + options.length / 4)).putShort(2, (short) packet.capacity());
    return withHeaderSum(packet.array());
  }

  /** With an extension header, whose first byte will say what follows it, before all others. */
  static byte[] withExtension(byte[] ipv6, int number, byte[] extension) {
    ByteBuffer packet = ByteBuffer.allocate(ipv6.length + extension.length);
    packet.put(ipv6, 0, 40).put(extension).put(ipv6, 40, ipv6.length - 40);
    packet.put(40, ipv6[6]).put(6, (byte) number);
    return packet.putShort(4, (short) (packet.capacity() - 40)).array();
  }

  /** With a changed byte, counted from the end, and nothing else. */
  static byte[] damaged(byte[] packet, int fromEnd) {
    byte[] changed = packet.clone();
    changed[packet.length - fromEnd] ^= 1;
    return changed;
  }

  /** After one router. */
  static byte[] forwarded(byte[] packet) {
    byte[] after = packet.clone();
    after[isIpv6(packet) ? 7 : 8]--;
    return withHeaderSum(after);
  }

  static boolean isIpv6(byte[] packet) {
    return packet[0] >> 4 == 6;
  }

  private static byte[] withHeaderSum(byte[] packet) {
    if (!isIpv6(packet)) {
      ByteBuffer buffer = ByteBuffer.wrap(packet).putShort(10, (short) 0);
      buffer.putShort(10, (short) ~sum(packet, 0, (packet[0] & 15) * 4, 0));
    }
    return packet;
  }

  private static byte[] withTransportSum(byte[] packet, int at) {
    int header = isIpv6(packet) ? 40 : 20;
    int sum = ~transportSum(packet) & 0xffff;
    boolean udp = at == 6;
    ByteBuffer.wrap(packet).putShort(header + at, (short) (udp && sum == 0 ? 0xffff : sum));
    return packet;
  }

  /** 0xffff if the checksum of TCP or UDP, without extension headers, is right. */
  static int transportSum(byte[] packet) {
    boolean ipv6 = isIpv6(packet);
    int header = ipv6 ? 40 : 20;
    int pseudo = sum(packet, ipv6 ? 8 : 12, header, packet[ipv6 ? 6 : 9]);
    return sum(packet, header, packet.length, pseudo + packet.length - header);
  }

  private static int sum(byte[] bytes, int from, int to, int start) {
    int sum = start;
    for (int i = from; i < to; i++) {
      sum += ((i - from) & 1) == 0 ? (bytes[i] & 255) << 8 : bytes[i] & 255;
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return sum;
  }
}

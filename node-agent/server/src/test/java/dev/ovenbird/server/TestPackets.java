package dev.ovenbird.server;

import dev.ovenbird.server.route.Cidr;
import java.nio.ByteBuffer;

/** IP packets for tests, with right checksums. */
public final class TestPackets {
  private TestPackets() {}

  /** A packet of either family with this protocol and transport part. */
  public static byte[] ip(String source, String destination, int protocol, byte[] transport) {
    byte[] from = Cidr.parse(source).address();
    byte[] to = Cidr.parse(destination).address();
    ByteBuffer packet;
    if (from.length == 4) {
      packet = ByteBuffer.allocate(20 + transport.length);
      packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity()).putInt(0);
      packet.put((byte) 64).put((byte) protocol).putShort((short) 0).put(from).put(to);
      packet.putShort(10, (short) ~sum(packet.array(), 0, 20, 0));
    } else {
      packet = ByteBuffer.allocate(40 + transport.length);
      packet.putInt(6 << 28).putShort((short) transport.length);
      packet.put((byte) protocol).put((byte) 64).put(from).put(to);
    }
    return packet.put(transport).array();
  }

  /** An UDP packet whose payload is this text. */
  public static byte[] udp(String source, String destination, String text) {
    byte[] payload = text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    ByteBuffer udp = ByteBuffer.allocate(8 + payload.length);
    udp.putShort((short) 4000).putShort((short) 53).putShort((short) udp.capacity());
    udp.putShort((short) 0).put(payload);
    return ip(source, destination, 17, udp.array());
  }

  /** A TCP SYN with these options (a multiple of four bytes). */
  public static byte[] syn(String source, String destination, byte[] options) {
    ByteBuffer tcp = ByteBuffer.allocate(20 + options.length);
    tcp.putShort((short) 4000).putShort((short) 80).putInt(1).putInt(0);
    tcp.put((byte) (((20 + options.length) / 4) << 4)).put((byte) 2).putShort((short) 65535);
    tcp.putShort((short) 0).putShort((short) 0).put(options);
    return withChecksum(ip(source, destination, 6, tcp.array()), 16);
  }

  /** An ICMP or ICMPv6 echo request. */
  public static byte[] ping(String source, String destination) {
    boolean ipv6 = source.indexOf(':') >= 0;
    ByteBuffer icmp = ByteBuffer.allocate(16);
    icmp.put((byte) (ipv6 ? 128 : 8)).put((byte) 0).putShort((short) 0);
    icmp.putInt(0x12340001).putLong(0x1122334455667788L);
    byte[] packet = ip(source, destination, ipv6 ? 58 : 1, icmp.array());
    return withChecksum(packet, 2);
  }

  /** Whether the transport checksum of a TCP, UDP, ICMP or ICMPv6 packet is right. */
  public static boolean isChecksumRight(byte[] packet) {
    return (transportSum(packet) & 0xffff) == 0xffff;
  }

  /** The packet with its transport checksum, at this offset of the transport header, made right. */
  public static byte[] withChecksum(byte[] packet, int at) {
    int header = packet[0] >> 4 == 4 ? 20 : 40;
    ByteBuffer.wrap(packet).putShort(header + at, (short) ~transportSum(packet));
    return packet;
  }

  private static int transportSum(byte[] packet) {
    boolean ipv6 = packet[0] >> 4 != 4;
    int header = ipv6 ? 40 : 20;
    int protocol = packet[ipv6 ? 6 : 9] & 255;
    int start = 0;
    if (protocol != 1) {
      start = sum(packet, ipv6 ? 8 : 12, header, 0) + protocol + packet.length - header;
    }
    return sum(packet, header, packet.length, start);
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

package dev.ovenbird.e2e.client;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** ICMP echo between two addresses of one family, as whole IP packets. */
public record Echo(InetAddress from, InetAddress to, int sequence) {
  private static final int ICMP = 1;
  private static final int ICMPV6 = 58;
  private static final int HOPS = 64;
  private static final short IDENTIFIER = 0x0b1d;
  private static final int BYTES = 64;

  private boolean isIpv4() {
    return from.getAddress().length == 4;
  }

  /** The request with its checksums. */
  public byte[] request() {
    return packet(isIpv4() ? 8 : 128, from, to);
  }

  /** Whether a packet is the answer, byte for byte but for its hop count. */
  public boolean isAnswer(byte[] packet) {
    byte[] wanted = packet(isIpv4() ? 0 : 129, to, from);
    int header = header();
    return packet.length == wanted.length
        && Arrays.equals(packet, header, packet.length, wanted, header, wanted.length)
        && Arrays.equals(packet, header - 2 * size(), header, wanted, header - 2 * size(), header);
  }

  private int header() {
    return isIpv4() ? 20 : 40;
  }

  private int size() {
    return isIpv4() ? 4 : 16;
  }

  private byte[] packet(int type, InetAddress source, InetAddress destination) {
    int header = header();
    ByteBuffer packet = ByteBuffer.allocate(header + BYTES);
    if (isIpv4()) {
      packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity());
      packet.putInt(0).put((byte) HOPS).put((byte) ICMP).putShort((short) 0);
    } else {
      packet.putInt(6 << 28).putShort((short) BYTES).put((byte) ICMPV6).put((byte) HOPS);
    }
    packet.put(source.getAddress()).put(destination.getAddress());
    packet.put((byte) type).put((byte) 0).putShort((short) 0);
    packet.putShort(IDENTIFIER).putShort((short) sequence);
    int pseudo = 0;
    if (isIpv4()) {
      packet.putShort(10, (short) ~sum(packet, 0, header, 0));
    } else {
      pseudo = sum(packet, 8, header, 0) + BYTES + ICMPV6;
    }
    packet.putShort(header + 2, (short) ~sum(packet, header, packet.capacity(), pseudo));
    return packet.array();
  }

  /** The Internet checksum's sum of 16-bit words. */
  private static int sum(ByteBuffer bytes, int from, int to, int start) {
    int sum = start;
    for (int i = from; i < to; i += 2) {
      sum += bytes.getShort(i) & 0xffff;
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return sum;
  }
}

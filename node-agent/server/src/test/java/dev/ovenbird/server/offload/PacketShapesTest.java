package dev.ovenbird.server.offload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.linux.tun.IoVector;
import dev.ovenbird.server.TestPackets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Packets of every size and of odd kinds, merged and taken apart again: each must be what it was,
 * in the order of its flow. What the kernel makes of them is shown by e2e's OffloadTest.
 */
class PacketShapesTest {
  private static final int HEADER = VnetHeader.BYTES;

  private final List<byte[]> frames = new ArrayList<>();
  private final SuperPacket superPacket = new SuperPacket();
  private final Random random = new Random(8);

  private int take(IoVector pieces) {
    frames.add(pieces.toArray());
    return 1;
  }

  /** What comes out, and in {@link #frames} what it came out of. */
  private List<byte[]> through(boolean mergesUdp, List<byte[]> packets) {
    frames.clear();
    try (Arena arena = Arena.ofConfined()) {
      Coalescer coalescer = new Coalescer(arena, mergesUdp, this::take);
      for (byte[] packet : packets) {
        MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_BYTE, packet);
        coalescer.add(memory, 0, packet.length);
      }
      assertThat(coalescer.flush()).isEqualTo(packets.size());
    }
    List<byte[]> apart = new ArrayList<>();
    frames.forEach(frame -> apart.addAll(apart(frame)));
    return apart;
  }

  private List<byte[]> apart(byte[] frame) {
    List<byte[]> packets = new ArrayList<>();
    assertThat(superPacket.begin(MemorySegment.ofArray(frame), 0, frame.length)).isTrue();
    while (superPacket.hasNext()) {
      byte[] packet = new byte[superPacket.nextLength()];
      superPacket.next(MemorySegment.ofArray(packet), 0);
      packets.add(packet);
    }
    return packets;
  }

  private byte[] udp(boolean ipv6, int port, int id, int payload) {
    byte[] data = new byte[payload];
    random.nextBytes(data);
    ByteBuffer udp = ByteBuffer.allocate(8 + payload);
    udp.putShort((short) port).putShort((short) 443).putShort((short) udp.capacity());
    udp.putShort((short) 0).put(data);
    return TestPackets.withChecksum(ip(ipv6, id, 17, udp.array()), 6);
  }

  private static byte[] ip(boolean ipv6, int id, int protocol, byte[] transport) {
    if (ipv6) {
      return TestPackets.ip("fd00:88::2", "fd00:96::10", protocol, transport);
    }
    byte[] packet = TestPackets.ip("10.88.0.2", "10.96.0.10", protocol, transport);
    ByteBuffer.wrap(packet).putShort(4, (short) id);
    PacketSum.setIpv4Header(MemorySegment.ofArray(packet), 0, 20);
    return packet;
  }

  private byte[] tcp(boolean ipv6, int sequence, int id, byte[] options, int payload) {
    byte[] data = new byte[payload];
    random.nextBytes(data);
    ByteBuffer tcp = ByteBuffer.allocate(20 + options.length + payload);
    tcp.putShort((short) 4000).putShort((short) 443).putInt(sequence).putInt(77);
    tcp.put((byte) (((20 + options.length) / 4) << 4)).put((byte) 0x10).putShort((short) 502);
    tcp.putInt(0).put(options).put(data);
    return TestPackets.withChecksum(ip(ipv6, id, 6, tcp.array()), 16);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void datagrams_of_one_flow_leave_as_one_packet_and_come_apart_the_same(boolean ipv6) {
    List<byte[]> packets = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      packets.add(udp(ipv6, 1, 65_530 + i, i == 39 ? 900 : 1200));
    }
    assertThat(through(true, packets)).containsExactlyElementsOf(packets);
    assertThat(frames).hasSize(1);
    assertThat(through(false, packets)).containsExactlyElementsOf(packets);
    assertThat(frames).hasSize(40);
  }

  @Test
  void what_linux_would_not_merge_of_udp_is_not_merged() {
    byte[] first = udp(false, 1, 5, 100);
    byte[] other = udp(false, 2, 6, 100);
    byte[] longer = udp(false, 1, 6, 101);
    byte[] otherId = udp(false, 1, 7, 100);
    byte[] empty = udp(false, 1, 6, 0);
    byte[] damaged = udp(false, 1, 6, 100);
    damaged[60] ^= 1;
    byte[] unsummed = udp(false, 1, 6, 100);
    ByteBuffer.wrap(unsummed).putShort(26, (short) 0);
    byte[] padded = udp(false, 1, 6, 100);
    ByteBuffer.wrap(padded).putShort(24, (short) 107);
    byte[] fragment = udp(false, 1, 6, 100);
    ByteBuffer.wrap(fragment).putShort(6, (short) 0x2000);
    PacketSum.setIpv4Header(MemorySegment.ofArray(fragment), 0, 20);
    for (byte[] second :
        List.of(other, longer, otherId, empty, damaged, unsummed, padded, fragment)) {
      assertThat(through(true, List.of(first.clone(), second.clone())))
          .containsExactly(first, second);
      assertThat(frames).hasSize(2);
    }
    byte[] shorter = udp(false, 1, 6, 99);
    byte[] third = udp(false, 1, 7, 99);
    assertThat(through(true, List.of(first.clone(), shorter.clone(), third.clone())))
        .containsExactly(first, shorter, third);
    assertThat(frames).as("nothing follows a shorter one").hasSize(2);
  }

  @Test
  void a_run_ends_at_64_datagrams_and_at_what_an_ip_packet_holds() {
    List<byte[]> small = new ArrayList<>();
    List<byte[]> large = new ArrayList<>();
    for (int i = 0; i < 130; i++) {
      small.add(udp(false, 1, i, 64));
      large.add(udp(true, 1, i, 1452));
    }
    assertThat(through(true, small)).containsExactlyElementsOf(small);
    assertThat(frames).as("64 + 64 + 2").hasSize(3);
    assertThat(through(true, large)).containsExactlyElementsOf(large);
    assertThat(frames).as("45 + 45 + 40").hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void packets_of_every_size_and_jumbo_come_apart_the_same(boolean mergesUdp) {
    byte[] odd = {1, 1, 1, 3, 3, 7, 0, 0};
    for (int size = 28; size <= 9000; size += size < 1500 ? 1 : 500) {
      List<byte[]> packets = new ArrayList<>();
      for (boolean ipv6 : new boolean[] {false, true}) {
        int header = ipv6 ? 40 : 20;
        int sequence = random.nextInt();
        for (int i = 0; i < 3; i++) {
          if (size >= header + 8) {
            packets.add(udp(ipv6, 9, i, size - header - 8));
          }
          if (size >= header + 28) {
            int payload = size - header - 28;
            packets.add(tcp(ipv6, sequence + i * payload, i, odd, payload));
          }
        }
      }
      List<byte[]> apart = through(mergesUdp, packets);
      // Flows may change places, packets of one don't.
      assertThat(apart).as("size %d", size).containsExactlyInAnyOrderElementsOf(packets);
    }
  }

  @Test
  void options_and_extension_headers_of_the_kernels_large_packets_are_kept() {
    byte[] router = {1, 1, 1, 0};
    byte[] nothing = {0, 0, 1, 4, 0, 0, 0, 0};
    for (int protocol : new int[] {6, 17}) {
      List<byte[]> ipv4 = new ArrayList<>();
      List<byte[]> ipv6 = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        int payload = i == 4 ? 300 : 1000;
        byte[] four =
            protocol == 6 ? tcp(false, i * 1000, i, odd(), payload) : udp(false, 1, i, payload);
        byte[] six =
            protocol == 6 ? tcp(true, i * 1000, i, odd(), payload) : udp(true, 1, i, payload);
        ipv4.add(withOptions(four, router));
        ipv6.add(withExtension(withExtension(six, 60, nothing), 0, nothing));
      }
      assertThat(apart(large(ipv4, protocol, 24))).containsExactlyElementsOf(ipv4);
      assertThat(apart(large(ipv6, protocol, 56))).containsExactlyElementsOf(ipv6);
    }
  }

  private static byte[] odd() {
    return new byte[] {2, 4, 5, (byte) 180, (byte) 254, 8, 1, 2, 3, 4, 5, 6};
  }

  private static byte[] withOptions(byte[] ipv4, byte[] options) {
    ByteBuffer packet = ByteBuffer.allocate(ipv4.length + options.length);
    packet.put(ipv4, 0, 20).put(options).put(ipv4, 20, ipv4.length - 20);
    packet.put(0, (byte) (0x45 + options.length / 4)).putShort(2, (short) packet.capacity());
    PacketSum.setIpv4Header(MemorySegment.ofArray(packet.array()), 0, 20 + options.length);
    return packet.array();
  }

  /** With an extension header, whose first byte will say what follows it, before all others. */
  private static byte[] withExtension(byte[] ipv6, int number, byte[] extension) {
    ByteBuffer packet = ByteBuffer.allocate(ipv6.length + extension.length);
    packet.put(ipv6, 0, 40).put(extension).put(ipv6, 40, ipv6.length - 40);
    packet.put(40, ipv6[6]).put(6, (byte) number);
    return packet.putShort(4, (short) (packet.capacity() - 40)).array();
  }

  /** As the kernel hands these over: one header, the pseudo-header's sum for a checksum. */
  private static byte[] large(List<byte[]> packets, int protocol, int ipBytes) {
    byte[] first = packets.getFirst();
    int header = ipBytes + (protocol == 6 ? (first[ipBytes + 12] >> 4 & 15) * 4 : 8);
    int length = header + packets.stream().mapToInt(each -> each.length - header).sum();
    ByteBuffer frame = ByteBuffer.allocate(HEADER + length);
    frame.position(HEADER).put(first, 0, header);
    packets.forEach(each -> frame.put(each, header, each.length - header));
    MemorySegment memory = MemorySegment.ofArray(frame.array());
    boolean ipv6 = first[0] >> 4 == 6;
    int gsoSize = first.length - header;
    if (protocol == 6) {
      VnetHeader.writeTcp(memory, 0, ipv6, ipBytes, header - ipBytes, gsoSize);
    } else {
      VnetHeader.writeUdp(memory, 0, ipBytes, gsoSize);
      frame.putShort(HEADER + ipBytes + 4, (short) (length - ipBytes));
    }
    frame.putShort(HEADER + (ipv6 ? 4 : 2), (short) (ipv6 ? length - 40 : length));
    int sum = PacketSum.pseudoHeader(memory, HEADER, ipv6, protocol, length - ipBytes);
    frame.putShort(HEADER + ipBytes + (protocol == 6 ? 16 : 6), (short) sum);
    return frame.array();
  }
}

package dev.ovenbird.e2e.offload;

import static dev.ovenbird.e2e.offload.RawPackets.ACK;
import static dev.ovenbird.e2e.offload.RawPackets.damaged;
import static dev.ovenbird.e2e.offload.RawPackets.ip;
import static dev.ovenbird.e2e.offload.RawPackets.withExtension;
import static dev.ovenbird.e2e.offload.RawPackets.withOptions;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.linux.tun.TunDevice;
import dev.ovenbird.linux.udp.Family;
import dev.ovenbird.linux.udp.SendBatch;
import dev.ovenbird.linux.udp.UdpSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the TUN merges, the kernel must cut into just what it was, and what the kernel merges, the
 * TUN: packets of every size and kind, forwarded from one TUN to another, come out byte for byte.
 */
@Timeout(120)
class OffloadTest {
  private static final byte[] ODD = {1, 1, 1, 3, 3, 7, 0, 0};
  private static final byte[] NONE = {};

  /** What is asked of the TUN that packets go into, and of the one they come out of. */
  enum Ways {
    OFFLOADED(TunDevice.Options.OFFLOADED, TunDevice.Options.OFFLOADED),
    CUT_BY_THE_KERNEL(TunDevice.Options.OFFLOADED, TunDevice.Options.PLAIN),
    TCP_ALONE(tcpAlone(), tcpAlone()),
    PLAIN(TunDevice.Options.PLAIN, TunDevice.Options.PLAIN);

    private final TunDevice.Options into;
    private final TunDevice.Options outOf;

    Ways(TunDevice.Options into, TunDevice.Options outOf) {
      this.into = into;
      this.outOf = outOf;
    }

    /** As a kernel before 6.2 grants it. */
    private static TunDevice.Options tcpAlone() {
      return new TunDevice.Options(true, false, false, 20_000);
    }

    TwoTuns open() {
      return new TwoTuns(into, outOf);
    }

    boolean mergesTcp() {
      return into.vnetHeader();
    }

    boolean mergesUdp() {
      return into.udpSegmentation();
    }
  }

  private final RawPackets make = new RawPackets(8);

  private static List<byte[]> passed(TwoTuns tuns, List<byte[]> packets) {
    tuns.write(packets);
    return tuns.read(packets.size());
  }

  private static List<byte[]> forwarded(List<byte[]> packets) {
    return packets.stream().map(RawPackets::forwarded).toList();
  }

  @ParameterizedTest
  @EnumSource
  void packets_of_every_size_from_28_bytes_to_jumbo_pass_unchanged(Ways ways) {
    try (TwoTuns tuns = ways.open()) {
      for (int size = 28; size <= TwoTuns.MTU; size += size < 1500 ? 1 : 500) {
        List<byte[]> packets = new ArrayList<>();
        addOfSize(packets, false, size);
        addOfSize(packets, true, size);
        // Flows may change places; those of one have following numbers and keep theirs.
        assertThat(passed(tuns, packets))
            .as("%d bytes", size)
            .containsExactlyInAnyOrderElementsOf(forwarded(packets));
      }
    }
  }

  private void addOfSize(List<byte[]> packets, boolean ipv6, int size) {
    int header = ipv6 ? 40 : 20;
    for (int i = 0; i < 3; i++) {
      if (size >= header + 8) {
        packets.add(make.udp(ipv6, 9, i, size - header - 8));
      }
      int payload = size - header - 20 - ODD.length;
      if (payload >= 0) {
        packets.add(make.tcp(ipv6, 9, i, i * payload, ACK, ODD, payload));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_flow_keeps_its_order_and_takes_few_calls_where_the_kernel_can(Ways ways) {
    try (TwoTuns tuns = ways.open()) {
      for (boolean ipv6 : new boolean[] {false, true}) {
        List<byte[]> udp = new ArrayList<>();
        List<byte[]> tcp = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
          udp.add(make.udp(ipv6, 9, i, i % 20 == 19 ? 700 : 1200));
          tcp.add(make.tcp(ipv6, 9, i, i * 1300, ACK, NONE, 1300));
        }
        long before = tuns.given();
        assertThat(passed(tuns, udp)).containsExactlyElementsOf(forwarded(udp));
        assertThat(tuns.given() - before).as("packets of UDP").isEqualTo(ways.mergesUdp() ? 3 : 60);
        before = tuns.given();
        assertThat(passed(tuns, tcp)).containsExactlyElementsOf(forwarded(tcp));
        assertThat(tuns.given() - before).as("packets of TCP").isEqualTo(ways.mergesTcp() ? 2 : 60);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void packets_of_odd_kinds_pass_unchanged(Ways ways) {
    List<byte[]> packets = new ArrayList<>();
    addUdp(packets);
    addTcp(packets);
    addFragments(packets);
    addExtended(packets);
    for (boolean ipv6 : new boolean[] {false, true}) {
      packets.add(ip(ipv6, 1, 0, 253, new byte[] {1, 2, 3}));
      packets.add(ip(ipv6, 2, 0, 253, NONE));
    }
    try (TwoTuns tuns = ways.open()) {
      assertThat(passed(tuns, packets)).containsExactlyInAnyOrderElementsOf(forwarded(packets));
    }
  }

  /** Without a checksum, with a wrong one, with bytes behind the datagram. */
  private void addUdp(List<byte[]> packets) {
    for (int i = 0; i < 4; i++) {
      byte[] unsummed = make.udp(false, 20, i, 500);
      ByteBuffer.wrap(unsummed).putShort(26, (short) 0);
      packets.add(unsummed);
      byte[] followed = make.udp(false, 21, i, 500);
      ByteBuffer.wrap(followed).putShort(24, (short) 400);
      packets.add(followed);
      for (boolean ipv6 : new boolean[] {false, true}) {
        byte[] right = make.udp(ipv6, 22, i, 500);
        packets.add(i == 2 ? damaged(right, 9) : right);
      }
    }
  }

  private void addTcp(List<byte[]> packets) {
    byte[] sack = {1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4};
    byte[] unknown = {(byte) 254, 8, 1, 2, 3, 4, 5, 6};
    byte[] broken = {8, 40, 0, 0};
    for (boolean ipv6 : new boolean[] {false, true}) {
      int port = 30;
      for (byte[] options : List.of(sack, unknown, broken, new byte[40])) {
        port++;
        for (int i = 0; i < 3; i++) {
          packets.add(make.tcp(ipv6, port, i, i * 600, ACK, options, 600));
        }
      }
      for (int flags : new int[] {0x02, 0x12, 0x04, 0x11, 0x19, 0x38, 0xd0, 0x50, 0x00, 0xff}) {
        port++;
        for (int i = 0; i < 3; i++) {
          packets.add(make.tcp(ipv6, port, i, i * 300, i == 1 ? flags : ACK, NONE, 300));
        }
      }
      packets.add(damaged(make.tcp(ipv6, 60, 0, 0, ACK, NONE, 600), 9));
      packets.add(make.tcp(ipv6, 60, 1, 600, ACK, NONE, 600));
    }
  }

  private void addFragments(List<byte[]> packets) {
    byte[] whole = make.udp(false, 70, 7, 2000);
    packets.add(ip(false, 7, 0x2000, 17, Arrays.copyOfRange(whole, 20, 20 + 800)));
    packets.add(ip(false, 7, 0x2000 + 100, 17, Arrays.copyOfRange(whole, 820, 820 + 800)));
    packets.add(ip(false, 7, 200, 17, Arrays.copyOfRange(whole, 1620, whole.length)));
    byte[] six = make.udp(true, 70, 0, 2000);
    byte[] first = {17, 0, 0, 1, 0, 0, 0, 9};
    byte[] last = {17, 0, 3, 32, 0, 0, 0, 9};
    byte[] start = ip(true, 0, 0, 17, Arrays.copyOfRange(six, 40, 40 + 800));
    byte[] end = ip(true, 0, 0, 17, Arrays.copyOfRange(six, 840, six.length));
    packets.add(withExtension(start, 44, first));
    packets.add(withExtension(end, 44, last));
  }

  /** IPv4 options and IPv6 extension headers that mean nothing. */
  private void addExtended(List<byte[]> packets) {
    byte[] options = {1, 1, 1, 0};
    byte[] padding = {0, 0, 1, 4, 0, 0, 0, 0};
    for (int i = 0; i < 3; i++) {
      packets.add(withOptions(make.udp(false, 80, i, 900), options));
      packets.add(withOptions(make.tcp(false, 80, i, i * 900, ACK, NONE, 900), options));
      packets.add(withExtension(make.udp(true, 80, i, 900), 60, padding));
      byte[] tcp = make.tcp(true, 80, i, i * 900, ACK, NONE, 900);
      packets.add(withExtension(withExtension(tcp, 60, padding), 0, padding));
    }
  }

  @ParameterizedTest
  @EnumSource
  void runs_that_a_program_sends_come_out_as_its_datagrams(Ways ways) {
    try (TwoTuns tuns = ways.open();
        Arena arena = Arena.ofConfined()) {
      for (Family family : Family.values()) {
        List<byte[]> sent = new ArrayList<>();
        SendBatch out = new SendBatch(arena, family, 64, 1400);
        try (UdpSocket socket =
            tuns.namespace()
                .call(
                    () ->
                        UdpSocket.bind(family, UdpSocket.WILDCARD, 0, UdpSocket.Options.DEFAULT))) {
          for (int i = 0; i < 46; i++) {
            sent.add(queue(out, family, i == 45 ? 55 : 1400));
          }
          assertThat(socket.send(out)).isEqualTo(46);
          if (ways.mergesUdp()) {
            assertThat(socket.messages()).as("messages").isEqualTo(1);
          }
        }
        List<byte[]> came = tuns.read(sent.size());
        int header = family == Family.V6 ? 48 : 28;
        assertThat(came)
            .allMatch(packet -> RawPackets.transportSum(packet) == 0xffff)
            .map(packet -> Arrays.copyOfRange(packet, header, packet.length))
            .containsExactlyElementsOf(sent);
      }
    }
  }

  private byte[] queue(SendBatch out, Family family, int length) {
    byte[] packet = make.udp(family == Family.V6, 1, 0, length);
    byte[] data = Arrays.copyOfRange(packet, packet.length - length, packet.length);
    int slot = out.reserve();
    MemorySegment.copy(data, 0, out.memory(), ValueLayout.JAVA_BYTE, out.offset(slot), length);
    ByteBuffer to = ByteBuffer.wrap(RawPackets.address(family == Family.V6, 2));
    boolean ipv6 = family == Family.V6;
    long high = ipv6 ? to.getLong(0) : 0;
    long low = ipv6 ? to.getLong(8) : 0xffff_0000_0000L | Integer.toUnsignedLong(to.getInt(0));
    out.commit(slot, length, high, low, 9, 0, 0, 0);
    return data;
  }
}

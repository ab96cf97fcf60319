package dev.ovenbird.server.offload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.linux.tun.IoVector;
import dev.ovenbird.server.TestPackets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of acknowledgements of one connection the last is written, unless one before it says more. */
class AcknowledgementsTest {
  private static final int ACK = 0x10;
  private static final byte[] NONE = {};
  private static final byte[] SACK = {1, 1, 5, 10, 0, 0, 9, 0, 0, 0, 9, 99};

  private final List<byte[]> written = new ArrayList<>();

  private int take(IoVector pieces) {
    byte[] frame = pieces.toArray();
    written.add(Arrays.copyOfRange(frame, VnetHeader.BYTES, frame.length));
    return 1;
  }

  private List<byte[]> through(byte[]... packets) {
    written.clear();
    try (Arena arena = Arena.ofConfined()) {
      Coalescer coalescer = new Coalescer(arena, true, this::take);
      for (byte[] packet : packets) {
        coalescer.add(arena.allocateFrom(ValueLayout.JAVA_BYTE, packet), 0, packet.length);
      }
      assertThat(coalescer.flush()).as("all count as written").isEqualTo(packets.length);
    }
    return written;
  }

  private static byte[] timestamp(int value) {
    return ByteBuffer.allocate(12).putInt(0x0101080a).putInt(value).putInt(7).array();
  }

  private static byte[] packet(
      boolean ipv6, int port, int number, int flags, byte[] options, int payload) {
    ByteBuffer tcp = ByteBuffer.allocate(20 + options.length + payload);
    tcp.putShort((short) port).putShort((short) 443).putInt(5000).putInt(number);
    tcp.putShort((short) ((5 + options.length / 4) << 12 | flags)).putShort((short) (number & 511));
    tcp.putInt(0).put(options);
    byte[] packet =
        ipv6
            ? TestPackets.ip("fd00:88::2", "fd00:96::10", 6, tcp.array())
            : TestPackets.ip("10.88.0.2", "10.96.0.10", 6, tcp.array());
    return TestPackets.withChecksum(packet, 16);
  }

  private static byte[] ack(int number) {
    return packet(false, 1, number, ACK, timestamp(number), 0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void the_last_one_is_written_for_all(boolean ipv6) {
    byte[] last = packet(ipv6, 1, 30, ACK, timestamp(3), 0);
    assertThat(
            through(
                packet(ipv6, 1, 10, ACK, timestamp(1), 0),
                packet(ipv6, 1, 20, ACK, timestamp(2), 0),
                last))
        .containsExactly(last);
    byte[] plain = packet(ipv6, 1, 20, ACK, NONE, 0);
    assertThat(through(packet(ipv6, 1, 10, ACK, NONE, 0), plain)).containsExactly(plain);
  }

  @Test
  void numbers_go_on_behind_their_end() {
    assertThat(through(ack(-10), ack(10))).containsExactly(ack(10));
  }

  @Test
  void connections_do_not_mix() {
    byte[] other = packet(false, 2, 20, ACK, timestamp(2), 0);
    assertThat(through(ack(10), other, ack(20))).containsExactlyInAnyOrder(ack(20), other);
  }

  @Test
  void one_that_repeats_a_number_or_goes_back_is_written_beside_the_other() {
    assertThat(through(ack(10), ack(10), ack(10))).containsExactly(ack(10), ack(10), ack(10));
    assertThat(through(ack(20), ack(10))).containsExactly(ack(20), ack(10));
  }

  @Test
  void what_says_more_than_a_number_stays_and_keeps_its_place() {
    byte[] sack = packet(false, 1, 20, ACK, SACK, 0);
    byte[] echo = packet(false, 1, 20, ACK | 0x40, timestamp(2), 0);
    byte[] accurate = packet(false, 1, 20, ACK | 0x100, timestamp(2), 0);
    byte[] fin = packet(false, 1, 20, ACK | 1, timestamp(2), 0);
    byte[] reset = packet(false, 1, 20, ACK | 4, timestamp(2), 0);
    byte[] urgent = packet(false, 1, 20, ACK | 0x20, timestamp(2), 0);
    byte[] data = packet(false, 1, 20, ACK, timestamp(2), 100);
    byte[] marked = ack(20);
    marked[1] = 3;
    PacketSum.setIpv4Header(MemorySegment.ofArray(marked), 0, 20);
    byte[] bare = packet(false, 1, 20, ACK, NONE, 0);
    for (byte[] other : List.of(sack, echo, accurate, fin, reset, urgent, data, marked, bare)) {
      assertThat(through(ack(10), other.clone(), ack(30))).containsExactly(ack(10), other, ack(30));
    }
  }

  @Test
  void one_that_follows_data_is_not_merged_with_it() {
    byte[] data = packet(false, 1, 10, ACK, timestamp(10), 100);
    byte[] after = packet(false, 1, 10, ACK, timestamp(10), 0);
    ByteBuffer.wrap(after).putInt(24, 5100).putShort(4, (short) 1).putShort(36, (short) 0);
    PacketSum.setIpv4Header(MemorySegment.ofArray(after), 0, 20);
    TestPackets.withChecksum(after, 16);
    assertThat(through(data.clone(), after.clone())).containsExactly(data, after);
  }

  @Test
  void one_with_a_wrong_checksum_replaces_none_and_stays_wrong() {
    byte[] damaged = ack(20);
    damaged[30] ^= 1;
    assertThat(through(ack(10), damaged.clone())).containsExactly(ack(10), damaged);
    assertThat(through(damaged.clone(), ack(30))).containsExactly(damaged, ack(30));
  }
}

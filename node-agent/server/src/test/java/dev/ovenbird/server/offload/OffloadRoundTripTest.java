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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the coalescer merges, the super packet takes apart as the kernel would: every packet must
 * come out as it went in, and each flow in its order.
 */
class OffloadRoundTripTest {
  private final Arena arena = Arena.ofConfined();
  private final List<byte[]> frames = new ArrayList<>();
  private final Coalescer coalescer = new Coalescer(arena, true, this::take);
  private final SuperPacket superPacket = new SuperPacket();

  @AfterEach
  void free() {
    arena.close();
  }

  private int take(IoVector pieces) {
    frames.add(pieces.toArray());
    return 1;
  }

  private void add(byte[]... packets) {
    for (byte[] packet : packets) {
      MemorySegment segment = arena.allocate(packet.length);
      segment.copyFrom(MemorySegment.ofArray(packet));
      coalescer.add(segment, 0, packet.length);
    }
  }

  private List<byte[]> apart() {
    List<byte[]> packets = new ArrayList<>();
    for (byte[] frame : frames) {
      MemorySegment buffer = arena.allocate(frame.length);
      buffer.copyFrom(MemorySegment.ofArray(frame));
      assertThat(superPacket.begin(buffer, 0, frame.length)).isTrue();
      while (superPacket.hasNext()) {
        int length = superPacket.nextLength();
        MemorySegment out = arena.allocate(length);
        superPacket.next(out, 0);
        packets.add(out.toArray(ValueLayout.JAVA_BYTE));
      }
    }
    return packets;
  }

  /** Segments of one flow with following numbers. */
  private static List<byte[]> flow(boolean ipv6, int port, int count, int size, Random random) {
    List<byte[]> packets = new ArrayList<>();
    int sequence = random.nextInt();
    int id = random.nextInt();
    for (int i = 0; i < count; i++) {
      boolean last = i == count - 1;
      byte[] payload = new byte[last ? 1 + random.nextInt(size) : size];
      random.nextBytes(payload);
      packets.add(segment(ipv6, port, sequence, last ? 0x18 : 0x10, id + i, payload));
      sequence += payload.length;
    }
    return packets;
  }

  private static byte[] segment(
      boolean ipv6, int port, int sequence, int flags, int id, byte[] payload) {
    byte[] options = {1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9};
    ByteBuffer tcp = ByteBuffer.allocate(20 + options.length + payload.length);
    tcp.putShort((short) port).putShort((short) 443).putInt(sequence).putInt(77);
    tcp.put((byte) (((20 + options.length) / 4) << 4)).put((byte) flags).putShort((short) 502);
    tcp.putShort((short) 0).putShort((short) 0).put(options).put(payload);
    byte[] packet =
        ipv6
            ? TestPackets.ip("fd00:88::2", "fd00:96::10", 6, tcp.array())
            : TestPackets.ip("10.88.0.2", "10.96.0.10", 6, tcp.array());
    if (!ipv6) {
      ByteBuffer.wrap(packet).putShort(4, (short) id).putShort(6, (short) 0x4000);
      MemorySegment header = MemorySegment.ofArray(packet);
      PacketSum.setIpv4Header(header, 0, 20);
    }
    return TestPackets.withChecksum(packet, 16);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void segments_of_one_flow_leave_as_one_packet_and_come_apart_the_same(boolean ipv6) {
    List<byte[]> packets = flow(ipv6, 4000, 40, 1388, new Random(1));
    packets.forEach(this::add);
    assertThat(coalescer.flush()).isEqualTo(40);
    assertThat(frames).hasSize(1);
    assertThat(apart()).containsExactlyElementsOf(packets);
  }

  @Test
  void random_mixtures_come_apart_the_same_with_every_flow_in_order() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      frames.clear();
      List<List<byte[]>> flows = new ArrayList<>();
      for (int i = 0; i < 1 + random.nextInt(12); i++) {
        flows.add(
            flow(
                random.nextBoolean(),
                5000 + i,
                1 + random.nextInt(70),
                1 + random.nextInt(1400),
                random));
      }
      List<List<byte[]>> rest = new ArrayList<>(flows.stream().map(ArrayList::new).toList());
      int sent = 0;
      while (!rest.isEmpty()) {
        List<byte[]> some = rest.get(random.nextInt(rest.size()));
        for (int n = random.nextInt(10); n >= 0 && !some.isEmpty(); n--) {
          add(some.removeFirst());
          sent++;
        }
        if (some.isEmpty()) {
          rest.remove(some);
        }
        if (random.nextInt(20) == 0) {
          add(TestPackets.udp("10.88.0.2", "10.96.0.10", "between"));
          sent++;
        }
      }
      assertThat(coalescer.flush()).as("seed %d", seed).isEqualTo(sent);
      List<byte[]> apart = apart();
      assertThat(apart).as("seed %d", seed).hasSize(sent);
      for (List<byte[]> flow : flows) {
        assertThat(apart.stream().filter(packet -> contains(flow, packet)).toList())
            .as("seed %d", seed)
            .containsExactlyElementsOf(flow);
      }
    }
  }

  private static boolean contains(List<byte[]> flow, byte[] packet) {
    return flow.stream().anyMatch(one -> java.util.Arrays.equals(one, packet));
  }

  @Test
  void damaged_segment_is_not_merged_and_stays_damaged() {
    List<byte[]> packets = flow(false, 4000, 5, 1000, new Random(2));
    packets.get(2)[500] ^= 1;
    packets.forEach(this::add);
    coalescer.flush();
    assertThat(apart()).containsExactlyElementsOf(packets);
    assertThat(frames.size()).isGreaterThan(1);
  }

  @Test
  void what_linux_would_not_merge_is_not_merged() {
    byte[] payload = new byte[100];
    byte[] first = segment(false, 1, 1000, 0x10, 5, payload);
    List<byte[]> followers =
        List.of(
            segment(false, 1, 1101, 0x10, 6, payload), // A gap.
            segment(false, 1, 1100, 0x10, 9, payload), // Another identification.
            segment(false, 1, 1100, 0x11, 6, payload), // FIN.
            segment(false, 1, 1100, 0x30, 6, payload), // URG.
            segment(false, 1, 1100, 0x10, 6, new byte[101]), // Longer than the first.
            segment(false, 1, 1100, 0x10, 6, new byte[0])); // No data.
    for (byte[] follower : followers) {
      frames.clear();
      add(first.clone(), follower);
      coalescer.flush();
      assertThat(frames).hasSize(2);
      assertThat(apart()).containsExactly(first, follower);
    }
  }

  @Test
  void pushed_segment_does_not_wait_for_more() {
    add(segment(true, 1, 1, 0x18, 0, new byte[10]));
    assertThat(frames).hasSize(1);
  }

  @Test
  void kernels_unfinished_checksum_is_completed() {
    for (boolean ipv6 : new boolean[] {false, true}) {
      byte[] packet =
          segment(
              ipv6,
              1,
              1,
              0x18,
              0,
              "hello, checksum".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      int ip = ipv6 ? 40 : 20;
      MemorySegment frame = arena.allocate(10L + packet.length);
      frame.asSlice(10).copyFrom(MemorySegment.ofArray(packet));
      frame.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
      frame.set(ValueLayout.JAVA_SHORT_UNALIGNED, 6, (short) ip);
      frame.set(ValueLayout.JAVA_SHORT_UNALIGNED, 8, (short) 16);
      frame.set(
          FlowPacket.SHORT,
          10L + ip + 16,
          (short) PacketSum.pseudoHeader(frame, 10, ipv6, 6, packet.length - ip));
      assertThat(superPacket.begin(frame, 0, 10 + packet.length)).isTrue();
      MemorySegment out = arena.allocate(packet.length);
      superPacket.next(out, 0);
      assertThat(out.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(packet);
    }
  }

  @Test
  void nonsense_from_the_device_is_dropped_and_reads_nothing_beyond_it() {
    Random random = new Random(3);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[random.nextInt(120)];
      random.nextBytes(bytes);
      if (bytes.length > 10) {
        bytes[1] = (byte) random.nextInt(6);
        bytes[10] = (byte) (random.nextBoolean() ? 0x45 : 0x60);
      }
      MemorySegment exact = MemorySegment.ofArray(bytes);
      if (bytes.length >= 10 && superPacket.begin(exact, 0, bytes.length)) {
        for (int n = 0; superPacket.hasNext() && n < 200; n++) {
          superPacket.next(MemorySegment.ofArray(new byte[superPacket.nextLength()]), 0);
        }
      }
    }
  }
}

package dev.ovenbird.server.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.server.TestPackets;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MssClampTest {
  private static final int LARGEST = 1000;

  @ParameterizedTest
  @CsvSource({
    // options before, options after
    "020405b4, 020403e8",
    "02040200, 02040200", // small enough
    "0101020405b40101, 0101020403e80101",
    "01020405b4010101, 01020403e8010101", // at an odd offset
    "0402080a0102030405060708020405b4, 0402080a0102030405060708020403e8",
    "00000000020405b4, 00000000020405b4", // after the end of options
    "0101010302040500, 0101010302040500", // option of length 2: 03 02, then 04 05 cut off
    "02000000020405b4, 02000000020405b4", // length 0
    "02010000020405b4, 02010000020405b4", // length 1
    "08ff0000020405b4, 08ff0000020405b4", // longer than the header
    "0203050101010100, 0203050101010100", // an MSS option of three bytes
    "0101010102, 0101010102000000", // a kind without length at the end
    "01010102, 01010102"
  })
  void only_a_whole_mss_option_above_the_limit_is_lowered(String before, String after) {
    for (String[] ends : new String[][] {{"10.88.0.2", "10.0.0.1"}, {"fd00::2", "fd00:1::1"}}) {
      byte[] packet = TestPackets.syn(ends[0], ends[1], options(before));
      byte[] clamped = clamp(packet, packet.length);
      int at = packet.length - options(before).length;
      assertThat(HexFormat.of().formatHex(clamped, at, clamped.length))
          .isEqualTo(HexFormat.of().formatHex(options(after)));
      assertThat(TestPackets.isChecksumRight(clamped)).isTrue();
    }
  }

  @Test
  void other_packets_are_left_alone() {
    byte[] syn = TestPackets.syn("10.88.0.2", "10.0.0.1", options("020405b4"));
    byte[] ack = syn.clone();
    ack[33] = 0x10;
    assertThat(clamp(ack, ack.length)).isEqualTo(ack);
    byte[] fragment = syn.clone();
    fragment[7] = 1;
    assertThat(clamp(fragment, fragment.length)).isEqualTo(fragment);
    byte[] udp = TestPackets.udp("10.88.0.2", "10.0.0.1", "0123456789abcdef0123456789");
    assertThat(clamp(udp, udp.length)).isEqualTo(udp);
  }

  @Test
  void nothing_outside_the_packet_is_touched_whatever_is_in_it() {
    Random random = new Random(7);
    IpHeader header = new IpHeader();
    for (int i = 0; i < 200_000; i++) {
      byte[] packet = new byte[1 + random.nextInt(90)];
      random.nextBytes(packet);
      packet[0] = (byte) (random.nextBoolean() ? 0x45 + random.nextInt(3) : 0x60);
      if (packet.length > 40) {
        int length = random.nextInt(packet.length + 4);
        packet[packet[0] == 0x60 ? 5 : 3] = (byte) length;
        packet[packet[0] == 0x60 ? 4 : 2] = 0;
        packet[packet[0] == 0x60 ? 6 : 9] = 6;
      }
      // Exactly as long as the packet: a step outside throws.
      MemorySegment segment = MemorySegment.ofArray(packet);
      if (header.read(segment, 0, packet.length)) {
        assertThat(header.length()).isLessThanOrEqualTo(packet.length);
        MssClamp.clamp(segment, 0, header, LARGEST);
        GatewayEcho.answer(segment, 0, header);
      }
    }
  }

  @Test
  void a_truncated_packet_is_no_packet() {
    byte[] packet = TestPackets.syn("10.88.0.2", "10.0.0.1", options("020405b4"));
    for (int length = 0; length < packet.length; length++) {
      assertThat(new IpHeader().read(MemorySegment.ofArray(packet), 0, length)).isFalse();
    }
  }

  private static byte[] clamp(byte[] packet, int length) {
    byte[] padded = Arrays.copyOf(packet, packet.length + 3);
    MemorySegment segment = MemorySegment.ofArray(padded);
    IpHeader header = new IpHeader();
    assertThat(header.read(segment, 0, length)).isTrue();
    MssClamp.clamp(segment, 0, header, LARGEST);
    return segment.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
  }

  private static byte[] options(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    return Arrays.copyOf(bytes, (bytes.length + 3) / 4 * 4);
  }
}

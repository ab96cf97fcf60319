package dev.ovenbird.server.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.server.TestPackets;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatewayEchoTest {
  @ParameterizedTest
  @CsvSource({"10.88.0.2, 10.88.0.1, 20, 0", "fd00:88::2, fd00:88::1, 40, 129"})
  void a_ping_is_answered_with_ends_exchanged(String client, String gateway, int at, int type) {
    byte[] packet = TestPackets.ping(client, gateway);
    byte[] payload = Arrays.copyOfRange(packet, at + 4, packet.length);
    IpHeader header = new IpHeader();
    assertThat(header.read(MemorySegment.ofArray(packet), 0, packet.length)).isTrue();

    assertThat(GatewayEcho.answer(MemorySegment.ofArray(packet), 0, header)).isTrue();

    assertThat(packet[at]).isEqualTo((byte) type);
    assertThat(TestPackets.isChecksumRight(packet)).isTrue();
    assertThat(Arrays.copyOfRange(packet, at + 4, packet.length)).isEqualTo(payload);
    assertThat(header.read(MemorySegment.ofArray(packet), 0, packet.length)).isTrue();
    Cidr from = Cidr.parse(gateway);
    Cidr to = Cidr.parse(client);
    assertThat(header.sourceLow()).isEqualTo(from.low());
    assertThat(header.sourceHigh()).isEqualTo(from.high());
    assertThat(header.destinationLow()).isEqualTo(to.low());
    assertThat(header.destinationHigh()).isEqualTo(to.high());
  }

  @ParameterizedTest
  @CsvSource({"10.88.0.2, 10.88.0.1", "fd00:88::2, fd00:88::1"})
  void anything_else_gets_no_answer(String client, String gateway) {
    byte[] packet = TestPackets.udp(client, gateway, "0123456789");
    byte[] before = packet.clone();
    IpHeader header = new IpHeader();
    assertThat(header.read(MemorySegment.ofArray(packet), 0, packet.length)).isTrue();
    assertThat(GatewayEcho.answer(MemorySegment.ofArray(packet), 0, header)).isFalse();
    assertThat(packet).isEqualTo(before);
  }
}

package dev.ovenbird.server.cve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.route.IpHeader;
import dev.ovenbird.server.route.MssClamp;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PacketCveTest {
  @Test
  void cve_2017_7508_ipv6_packets_cut_anywhere_are_clamped_within_their_bounds_or_left_alone() {
    byte[] packet = new byte[40 + 32];
    packet[0] = 0x60;
    packet[6] = 6;
    packet[40 + 12] = (byte) 0x80;
    packet[40 + 13] = 2;
    Random random = new Random(7508);
    IpHeader header = new IpHeader();
    for (int round = 0; round < 20_000; round++) {
      int length = random.nextInt(packet.length + 1);
      // Exactly so long: a read or write beyond the packet would throw.
      byte[] cut = java.util.Arrays.copyOf(packet, length);
      for (int i = 60; i < length; i++) {
        cut[i] = (byte) random.nextInt(6);
      }
      if (length > 5) {
        int claimed = random.nextInt(64);
        cut[5] = (byte) claimed;
      }
      if (length > 52) {
        cut[52] = (byte) (random.nextInt(16) << 4);
      }
      MemorySegment segment = MemorySegment.ofArray(cut);
      if (header.read(segment, 0, length)) {
        assertThat(header.length()).isLessThanOrEqualTo(length);
        MssClamp.clamp(segment, 0, header, 1000);
      }
    }
  }

  @Test
  void cve_2025_12106_addresses_of_no_family_or_of_two_are_refused() {
    for (int length = 0; length < 40; length++) {
      byte[] address = new byte[length];
      if (length == 4 || length == 16) {
        assertThat(Cidr.host(address).isIpv6()).isEqualTo(length == 16);
        assertThatThrownBy(() -> Cidr.of(address, address.length * 8 + 1))
            .isInstanceOf(IllegalArgumentException.class);
      } else {
        assertThatThrownBy(() -> Cidr.host(address)).isInstanceOf(IllegalArgumentException.class);
      }
    }
    for (String text :
        new String[] {
          "10.88.0.0/33",
          "fd00::/129",
          "10.88.0.0/64",
          "::ffff:10.0.0.1/8",
          "10.0.0.1%lo/32",
          "10.1/8",
          "fd00::1%eth0/64",
          "[fd00::1]/64",
          "/8",
          "fd00:::1/64",
          "1.2.3.4/-1"
        }) {
      assertThatThrownBy(() -> Cidr.parse(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}

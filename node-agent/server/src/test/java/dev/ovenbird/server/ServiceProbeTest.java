package dev.ovenbird.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServiceProbeTest {
  private static final byte SYN = 0x02;
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final InetSocketAddress SERVICE = new InetSocketAddress("10.96.0.1", 443);

  private final TestVpn vpn = new TestVpn();

  private OvenbirdServer server() {
    return OvenbirdServer.start(
        vpn.settings("probe").listener(ListenerSpec.udp(0, "127.0.0.1")).build());
  }

  private byte[] next() throws InterruptedException {
    return Objects.requireNonNull(vpn.tun.receive(SOON));
  }

  /** The answer of somebody who accepts the connection. */
  private static byte[] accepts(byte[] syn) {
    ByteBuffer from = ByteBuffer.wrap(syn);
    byte[] tcp = new byte[20];
    ByteBuffer to = ByteBuffer.wrap(tcp);
    to.putShort(from.getShort(22)).putShort(from.getShort(20));
    to.putInt(7).putInt(from.getInt(24) + 1);
    to.put((byte) 0x50).put((byte) 0x12);
    return TestPackets.ip("10.96.0.1", "10.88.255.255", 6, tcp);
  }

  @Test
  void a_service_that_answers_a_packet_from_the_tunnels_network_is_reached() throws Exception {
    try (OvenbirdServer server = server()) {
      CompletableFuture<Boolean> reached = server.probe(SERVICE);
      byte[] syn = next();
      assertThat(TestPackets.isChecksumRight(syn)).isTrue();
      assertThat(Arrays.copyOfRange(syn, 12, 20)).containsExactly(10, 88, 255, 255, 10, 96, 0, 1);
      assertThat(syn[33]).as("flags").isEqualTo(SYN);
      byte[] stray = accepts(syn);
      stray[31]++;
      assertThat(vpn.tun.send(stray)).isTrue();
      assertThat(vpn.tun.send(accepts(syn))).isTrue();
      assertThat(reached.get(10, TimeUnit.SECONDS)).isTrue();
      byte[] reset = next();
      while (reset[33] == SYN) {
        // It asked again before it had the answer.
        reset = next();
      }
      assertThat(reset[33]).as("flags").isEqualTo((byte) 0x04);
      assertThat(TestPackets.isChecksumRight(reset)).isTrue();
    }
  }

  @Test
  void a_service_that_is_silent_is_not_reached() throws Exception {
    try (OvenbirdServer server = server()) {
      assertThat(server.probe(SERVICE).get(20, TimeUnit.SECONDS)).isFalse();
      assertThat(next()).hasSize(40);
    }
  }
}

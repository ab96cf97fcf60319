package dev.ovenbird.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.testkit.Allocation;
import dev.ovenbird.testkit.NoCipher;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AllocationTest {
  private static final int BURST = 500;
  private static final int ROUNDS = 20;
  private static final long LIMIT = 16;
  private static final Duration COMPILED = Duration.ofMinutes(1);

  @Test
  void a_packet_from_and_to_a_client_costs_no_allocation() throws Exception {
    TestVpn vpn = new TestVpn();
    vpn.aead = new NoCipher();
    try (OvenbirdServer server =
            OvenbirdServer.start(
                vpn.settings("lean").listener(ListenerSpec.udp(0, "127.0.0.1")).build());
        OvenbirdClient alice =
            vpn.client("alice", "127.0.0.1", server.port("udp"), Transport.UDP)) {
      alice.connected().get(20, TimeUnit.SECONDS);
      Thread loop =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().equals("ovenbird-lean"))
              .findFirst()
              .orElseThrow();
      // Decrypted, checked, answered by the gateway, encrypted, sent. Calls into the kernel
      // allocate
      // until the compiler has removed that, and when it does is its own affair.
      long deadline = System.nanoTime() + COMPILED.toNanos();
      long allocated = perPacket(alice, loop);
      while (allocated >= LIMIT && System.nanoTime() < deadline) {
        allocated = perPacket(alice, loop);
      }
      assertThat(allocated).as("bytes per packet").isLessThan(LIMIT);
    }
  }

  private static long perPacket(OvenbirdClient alice, Thread loop) throws InterruptedException {
    long before = Allocation.bytesOfThread(loop.threadId());
    for (int i = 0; i < ROUNDS; i++) {
      pings(alice);
    }
    return (Allocation.bytesOfThread(loop.threadId()) - before) / (ROUNDS * BURST);
  }

  private static void pings(OvenbirdClient client) throws InterruptedException {
    byte[] ping = TestPackets.ping(TestVpn.ipv4(2), "10.88.0.1");
    for (int i = 0; i < BURST; i++) {
      assertThat(client.tun().send(ping)).isTrue();
    }
    for (int i = 0; i < BURST; i++) {
      Objects.requireNonNull(client.tun().receive(Duration.ofSeconds(10)));
    }
  }
}

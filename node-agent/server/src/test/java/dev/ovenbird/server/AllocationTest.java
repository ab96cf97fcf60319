package dev.ovenbird.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.data.Aead;
import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AllocationTest {
  private static final int BURST = 500;

  /** The JDK's ciphers allocate about 1 kB per packet; this one only copies. */
  private static final class NoCipher implements AeadProvider, Aead {
    @Override
    public String name() {
      return "none";
    }

    @Override
    public Aead create(DataCipher cipher, byte[] key, boolean forSealing) {
      return this;
    }

    @Override
    public void seal(
        int nonceHead,
        long nonceTail,
        MemorySegment plain,
        long plainOffset,
        int length,
        MemorySegment out,
        long aadOffset,
        int aadLength,
        long outOffset,
        long tagOffset) {
      MemorySegment.copy(plain, plainOffset, out, outOffset, length);
    }

    @Override
    public boolean open(
        int nonceHead,
        long nonceTail,
        MemorySegment packet,
        long aadOffset,
        int aadLength,
        long cipherOffset,
        int length,
        long tagOffset) {
      return true;
    }

    @Override
    public void close() {}
  }

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
      var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      for (int i = 0; i < 40; i++) {
        pings(alice); // until the compiler has removed what it can
      }
      long before = threads.getThreadAllocatedBytes(loop.threadId());
      for (int i = 0; i < 20; i++) {
        pings(alice);
      }
      long allocated = threads.getThreadAllocatedBytes(loop.threadId()) - before;
      // Decrypted, checked, answered by the gateway, encrypted, sent.
      assertThat(allocated / (20 * BURST)).as("bytes per packet").isLessThan(16);
    }
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

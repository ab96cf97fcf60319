package dev.ovenbird.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.wire.Transport;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TcpLimitsTest {
  private final TestVpn vpn = new TestVpn();
  private @Nullable OvenbirdServer started;

  private OvenbirdServer start(int handWindowSeconds) {
    OvenbirdServer server =
        OvenbirdServer.start(
            vpn.settings("tcp")
                .endpoint(vpn.config(handWindowSeconds, ServerConfig.Limits.DEFAULT))
                .limits(new ServerLimits(2, 4, 64, 1, 1 << 16))
                .listener(ListenerSpec.tcp(0, "127.0.0.1"))
                .build());
    started = server;
    return server;
  }

  @AfterEach
  void stop() {
    if (started != null) {
      started.stop();
    }
  }

  private static Socket dial(OvenbirdServer server) throws Exception {
    return new Socket(InetAddress.getByName("127.0.0.1"), server.port("tcp"));
  }

  @Test
  void a_connection_that_says_nothing_ends_with_the_hand_window() throws Exception {
    OvenbirdServer server = start(1);
    try (Socket silent = dial(server)) {
      assertThat(silent.getInputStream().read()).isEqualTo(-1);
    }
    await().until(() -> vpn.metrics.openTcpConnections() == 0);
  }

  @Test
  void a_session_outlives_the_hand_window_of_its_connection() throws Exception {
    OvenbirdServer server = start(8);
    try (OvenbirdClient alice =
            vpn.client("alice", "127.0.0.1", server.port("tcp"), Transport.TCP);
        Socket silent = dial(server)) {
      alice.connected().get(20, TimeUnit.SECONDS);
      // Dialled later, so its window ends later.
      assertThat(silent.getInputStream().read()).isEqualTo(-1);
      assertThat(server.sessions()).hasSize(1);
      assertThat(alice.closed()).isNotDone();
    }
  }

  @Test
  void connections_above_the_limit_are_closed_at_once() throws Exception {
    OvenbirdServer server = start(30);
    try (Socket first = dial(server);
        Socket second = dial(server)) {
      await().until(() -> vpn.metrics.openTcpConnections() == 2);
      try (Socket third = dial(server)) {
        assertThat(third.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(vpn.metrics.drops(DropReason.LIMIT)).isEqualTo(1);
      assertThat(first.isClosed() || second.isClosed()).isFalse();
    }
  }

  @Test
  void what_is_no_openvpn_is_hung_up_on() throws Exception {
    OvenbirdServer server = start(30);
    try (Socket browser = dial(server)) {
      browser.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes("US-ASCII"));
      assertThat(browser.getInputStream().read()).isEqualTo(-1);
      assertThat(vpn.metrics.drops(DropReason.MALFORMED)).isEqualTo(1);
    }
  }

  @Test
  void packets_for_a_client_that_reads_too_slowly_are_dropped() throws Exception {
    OvenbirdServer server = start(30);
    try (OvenbirdClient alice =
        vpn.client("alice", "127.0.0.1", server.port("tcp"), Transport.TCP)) {
      alice.connected().get(20, TimeUnit.SECONDS);
      byte[] down = TestPackets.udp("10.0.0.9", TestVpn.ipv4(2), "x".repeat(1400));
      // One batch of the TUN is many more than the four packets that may wait.
      await()
          .pollDelay(0, TimeUnit.MILLISECONDS)
          .pollInterval(1, TimeUnit.MILLISECONDS)
          .until(
              () -> {
                for (int i = 0; i < 200; i++) {
                  vpn.tun.send(down);
                }
                return vpn.metrics.drops(DropReason.QUEUE_FULL) > 0;
              });
      assertThat(server.sessions()).hasSize(1);
    }
  }
}

package dev.ovenbird.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.wire.Transport;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections that are opened to be in the way, at the real listener. */
@Timeout(120)
class TcpFloodTest {
  private static final int MOST = 12;

  private final TestVpn vpn = new TestVpn();
  private final List<Socket> sockets = new ArrayList<>();
  private final OvenbirdServer server =
      OvenbirdServer.start(
          vpn.settings("tcp")
              .endpoint(vpn.config(30, ServerConfig.Limits.DEFAULT))
              .limits(new ServerLimits(MOST, 4, 64, 1, 1 << 16))
              .listener(ListenerSpec.tcp(0, "127.0.0.1"))
              .build());

  @AfterEach
  void stop() throws Exception {
    for (Socket socket : sockets) {
      socket.close();
    }
    server.stop();
  }

  private Socket dial() throws Exception {
    Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), server.port("tcp"));
    sockets.add(socket);
    return socket;
  }

  @Test
  void connections_that_say_nothing_make_room_for_clients_and_end_no_session() throws Exception {
    try (OvenbirdClient alice =
        vpn.client("alice", "127.0.0.1", server.port("tcp"), Transport.TCP)) {
      alice.connected().get(20, TimeUnit.SECONDS);
      for (int i = 0; i < MOST * 10; i++) {
        dial();
      }
      await().until(() -> vpn.metrics.drops(DropReason.LIMIT) >= MOST * 9);
      // From a second on, who comes takes the place of who is silent.
      await()
          .atMost(60, TimeUnit.SECONDS)
          .until(
              () -> {
                try (OvenbirdClient bob =
                    vpn.client("bob", "127.0.0.1", server.port("tcp"), Transport.TCP)) {
                  bob.connected().get(20, TimeUnit.SECONDS);
                  return server.sessions().size() == 2;
                } catch (java.util.concurrent.ExecutionException
                    | java.util.concurrent.TimeoutException stillFull) {
                  return false;
                }
              });
      assertThat(alice.closed()).isNotDone();
    }
  }

  @Test
  void packet_that_comes_byte_by_byte_has_ten_seconds() throws Exception {
    Socket slow = dial();
    long began = System.nanoTime();
    slow.getOutputStream().write(new byte[] {0, 100, 80});
    assertThat(slow.getInputStream().read()).isEqualTo(-1);
    assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began)).isBetween(9L, 25L);
    await().until(() -> vpn.metrics.openTcpConnections() == 0);
  }
}

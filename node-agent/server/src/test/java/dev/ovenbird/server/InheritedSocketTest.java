package dev.ovenbird.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.linux.process.FdStore;
import dev.ovenbird.linux.udp.Family;
import dev.ovenbird.linux.udp.UdpSocket;
import dev.ovenbird.protocol.wire.Transport;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InheritedSocketTest {
  private final TestVpn vpn = new TestVpn();

  @Test
  void sockets_that_a_predecessor_bound_are_served() throws Exception {
    Epoll.ensureAvailability();
    // Neither is closed here: the server owns the descriptors from now on.
    int udp =
        UdpSocket.bind(Family.V4, new byte[] {127, 0, 0, 1}, 0, UdpSocket.Options.DEFAULT).fd();
    Socket tcp = Socket.newSocketStream();
    tcp.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
    tcp.listen(16);
    ServerSettings settings =
        vpn.settings("heir")
            .listener(ListenerSpec.udp(1))
            .listener(ListenerSpec.tcp(1))
            .fdStore(FdStore.holding(Map.of("UDP:*:1", udp, "TCP:*:1", tcp.intValue())))
            .build();
    try (OvenbirdServer server = OvenbirdServer.start(settings)) {
      for (Transport transport : Transport.values()) {
        int port = server.port(transport == Transport.UDP ? "udp" : "tcp");
        assertThat(port).isGreaterThan(1);
        try (OvenbirdClient alice = vpn.client("alice", "127.0.0.1", port, transport)) {
          alice.connected().get(20, TimeUnit.SECONDS);
        }
      }
    }
  }

  @Test
  void a_descriptor_that_is_no_socket_is_one_line() {
    ServerSettings settings =
        vpn.settings("heir")
            .listener(ListenerSpec.udp(1))
            .fdStore(FdStore.holding(Map.of("UDP:*:1", 999)))
            .build();
    assertThatThrownBy(() -> OvenbirdServer.start(settings))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("999");
  }
}

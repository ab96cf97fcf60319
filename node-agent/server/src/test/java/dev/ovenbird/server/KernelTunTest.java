package dev.ovenbird.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ovenbird.linux.netlink.RouteNetlink;
import dev.ovenbird.linux.nft.Nft;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.ServerSettings.ClientToClient;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With a TUN, routes and firewall of the kernel: needs root. The network is this test's own. */
@Timeout(60)
class KernelTunTest {
  private static final String TUN = "ovb5e57ca5e-199";
  private static final String METRIC = "unreachable metric 4294967096";

  private final TestVpn vpn = new TestVpn("10.213", "fd00:213");

  private ServerSettingsBuilder settings() {
    return vpn.settings("kernel")
        .tun(new TunSpec.Kernel(TUN))
        .lane(199)
        .listener(ListenerSpec.udp(0, "127.0.0.1"));
  }

  @Test
  void routes_come_and_go_with_sessions_and_nothing_is_left_behind() throws Exception {
    OvenbirdServer server = OvenbirdServer.start(settings().build());
    try {
      assertThat(routes())
          .contains("10.213.0.0/16 " + METRIC, "fd00:213:0:0:0:0:0:0/64 " + METRIC)
          .noneMatch(route -> route.contains(TUN));
      assertThat(addresses())
          .containsExactlyInAnyOrder("10.213.0.1/32", "fd00:213:0:0:0:0:0:1/128");
      assertThat(Nft.find().exists(TUN)).isTrue();
      try (OvenbirdClient alice =
          vpn.client("alice", "127.0.0.1", server.port("udp"), Transport.UDP)) {
        alice.connected().get(20, TimeUnit.SECONDS);
        assertThat(routes())
            .contains("10.213.0.2/32 by " + TUN, "fd00:213:0:0:0:0:0:2/128 by " + TUN);
        assertThat(receivedByKernelRoute(alice, "10.213.0.2")).contains("hello");
        assertThat(receivedByKernelRoute(alice, "fd00:213::2")).contains("hello");
      }
      await().untilAsserted(() -> assertThat(routes()).noneMatch(route -> route.contains(TUN)));
    } finally {
      server.stop();
    }
    assertThat(routes()).noneMatch(route -> route.contains("213"));
    assertThat(Nft.find().exists(TUN)).isFalse();
    assertThat(addresses()).isEmpty();
  }

  @Test
  void a_tun_deleted_under_a_server_ends_its_readiness_and_not_its_links() throws Exception {
    try (OvenbirdServer server = OvenbirdServer.start(settings().build());
        OvenbirdClient alice =
            vpn.client("alice", "127.0.0.1", server.port("udp"), Transport.UDP)) {
      alice.connected().get(20, TimeUnit.SECONDS);
      try (RouteNetlink netlink = RouteNetlink.open()) {
        netlink.deleteLink(TUN);
      }
      alice.tun().send(TestPackets.udp("10.213.0.2", "10.0.0.9", "into nothing"));
      await().until(() -> !server.isReady());
      assertThat(server.sessions()).hasSize(1);
    }
  }

  @Test
  void the_firewall_follows_a_reload() {
    try (OvenbirdServer server = OvenbirdServer.start(settings().build())) {
      assertThat(server.reload(settings().clientToClient(ClientToClient.ALLOW).build())).isEmpty();
      assertThat(server.isReady()).isTrue();
      assertThat(Nft.find().exists(TUN)).isTrue();
    }
  }

  @Test
  void a_name_in_use_is_one_line_and_leaves_the_other_server_alone() {
    try (OvenbirdServer server = OvenbirdServer.start(settings().build())) {
      ServerSettings same = settings().build();
      assertThatThrownBy(() -> OvenbirdServer.start(same))
          .isInstanceOf(StartException.class)
          .hasMessageContaining(TUN)
          .message()
          .doesNotContain("\n");
      assertThat(server.isReady()).isTrue();
      assertThat(Nft.find().exists(TUN)).isTrue();
      assertThat(routes()).contains("10.213.0.0/16 " + METRIC);
    }
  }

  @Test
  void what_a_killed_predecessor_left_is_taken_over() {
    Nft.find().apply("add table inet " + TUN + "\nadd chain inet " + TUN + " stale\n");
    try (RouteNetlink netlink = RouteNetlink.open()) {
      netlink.replaceUnreachable(
          dev.ovenbird.linux.netlink.Prefix.parse("10.213.0.0/16"), 4294967096L);
    }
    OvenbirdServer.start(settings().build()).stop();
    assertThat(routes()).noneMatch(route -> route.contains("213"));
    assertThat(Nft.find().exists(TUN)).isFalse();
  }

  private static String receivedByKernelRoute(OvenbirdClient client, String address)
      throws Exception {
    byte[] hello = "hello".getBytes(StandardCharsets.US_ASCII);
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.send(new DatagramPacket(hello, hello.length, InetAddress.getByName(address), 9));
    }
    byte[] packet = Objects.requireNonNull(client.tun().receive(Duration.ofSeconds(10)));
    return new String(packet, StandardCharsets.ISO_8859_1);
  }

  private static List<String> addresses() {
    try (RouteNetlink netlink = RouteNetlink.open()) {
      return netlink.links(TUN).stream()
          .flatMap(link -> netlink.addresses(link.index()).stream())
          .map(Object::toString)
          .toList();
    }
  }

  private static List<String> routes() {
    try (RouteNetlink netlink = RouteNetlink.open()) {
      int index = netlink.links(TUN).stream().mapToInt(link -> link.index()).findFirst().orElse(-1);
      return netlink.routes().stream()
          .map(
              route ->
                  route.destination()
                      + (route.unreachable()
                          ? " unreachable metric " + route.metric()
                          : route.interfaceIndex() == index ? " by " + TUN : " by another"))
          .toList();
    }
  }
}

package dev.ovenbird.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ovenbird.linux.netlink.Prefix;
import dev.ovenbird.linux.netlink.RouteNetlink;
import dev.ovenbird.linux.nft.Nft;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.ServerSettings.ClientToClient;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.store.StoreChecks;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With a TUN, routes and firewall of the kernel: needs root. The network is this test's own. */
@Timeout(60)
class KernelTunTest {
  private static final String TUN = "ovb5e57ca5e-199";
  private static final String METRIC = "unreachable metric 4294967096";

  private static final String[] SITE = {"192.168.213.0/24", "fd00:50:213:0:0:0:0:0/64"};

  private final TestVpn vpn = new TestVpn("10.213", "fd00:213");

  private ServerSettingsBuilder settings() {
    vpn.networks.put("alice", List.of(Cidr.parse(SITE[0]), Cidr.parse("fd00:50:213::/64")));
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
            .contains("10.213.0.2/32 by " + TUN, "fd00:213:0:0:0:0:0:2/128 by " + TUN)
            .contains(SITE[0] + " by " + TUN, SITE[1] + " by " + TUN);
        assertThat(receivedByKernelRoute(alice, "10.213.0.2")).contains("hello");
        assertThat(receivedByKernelRoute(alice, "192.168.213.7")).contains("hello");
        assertThat(receivedByKernelRoute(alice, "fd00:50:213::7")).contains("hello");
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
      netlink.replaceUnreachable(Prefix.parse("10.213.0.0/16"), 4294967096L);
    }
    OvenbirdServer.start(settings().build()).stop();
    assertThat(routes()).noneMatch(route -> route.contains("213"));
    assertThat(Nft.find().exists(TUN)).isFalse();
  }

  @Test
  void restored_sessions_have_their_routes_unless_another_instance_has_them() throws Exception {
    Path folder = Files.createTempDirectory(Path.of("/dev/shm"), "ovenbird-test");
    ServerSettingsBuilder kept =
        settings()
            .sessionStore(folder.resolve("sessions"))
            .storeChecks(StoreChecks.STRICT.withSwapAllowed(true));
    OvenbirdServer first = OvenbirdServer.start(kept.build());
    int port = first.port("udp");
    ServerSettings again =
        vpn.settings("kernel")
            .tun(new TunSpec.Kernel(TUN))
            .lane(199)
            .listener(ListenerSpec.udp(port, "127.0.0.1"))
            .sessionStore(folder.resolve("sessions"))
            .storeChecks(StoreChecks.STRICT.withSwapAllowed(true))
            .build();
    try (OvenbirdClient alice = vpn.client("alice", "127.0.0.1", port, Transport.UDP)) {
      alice.connected().get(20, TimeUnit.SECONDS);
      first.kill();
      OvenbirdServer second = OvenbirdServer.start(again);
      assertThat(routes())
          .contains("10.213.0.2/32 by " + TUN, "fd00:213:0:0:0:0:0:2/128 by " + TUN)
          .contains(SITE[0] + " by " + TUN, SITE[1] + " by " + TUN);
      assertThat(receivedByKernelRoute(alice, "10.213.0.2")).contains("hello");
      assertThat(receivedByKernelRoute(alice, "192.168.213.7")).contains("hello");
      second.kill();
      // Another lane's TUN, as far as anybody can see.
      Prefix host = Prefix.parse("10.213.0.2/32");
      try (RouteNetlink netlink = RouteNetlink.open()) {
        int other = netlink.links("lo").getFirst().index();
        netlink.replaceRoute(other, host);
        try (OvenbirdServer third = OvenbirdServer.start(again)) {
          assertThat(third.sessions()).isEmpty();
          assertThat(routes()).contains("10.213.0.2/32 by another");
        } finally {
          netlink.deleteRoute(other, host);
        }
      }
    } finally {
      first.stop();
    }
    assertThat(folder).doesNotExist();
  }

  @Test
  void a_client_that_another_instance_has_taken_leaves_and_its_new_route_stays() throws Exception {
    try (OvenbirdServer server = OvenbirdServer.start(settings().build());
        OvenbirdClient alice = vpn.client("alice", "127.0.0.1", server.port("udp"), Transport.UDP);
        OvenbirdClient bob = vpn.client("bob", "127.0.0.1", server.port("udp"), Transport.UDP)) {
      alice.connected().get(20, TimeUnit.SECONDS);
      bob.connected().get(20, TimeUnit.SECONDS);
      takenByAnother(
          () -> {
            await().atMost(Duration.ofSeconds(1)).until(() -> server.sessions().size() == 1);
            assertThat(server.sessions().getFirst().clientId()).isEqualTo("bob");
            assertThat(vpn.metrics.closed(CloseReason.ELSEWHERE)).isEqualTo(1);
            assertThat(routes())
                .contains("10.213.0.2/32 by another", "10.213.0.3/32 by " + TUN)
                .doesNotContain("fd00:213:0:0:0:0:0:2/128 by " + TUN);
          });
    }
  }

  /** The event loop is held up while more routes change than the kernel's queue takes. */
  @Test
  void changes_of_routes_that_the_kernel_could_not_tell_are_looked_up() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    try (OvenbirdServer server = OvenbirdServer.start(settings().build());
        OvenbirdClient alice =
            vpn.client("alice", "127.0.0.1", server.port("udp"), Transport.UDP)) {
      alice.connected().get(20, TimeUnit.SECONDS);
      Thread holder =
          Thread.ofVirtual()
              .start(
                  () -> {
                    server.reload(settings().admission(new Holding(vpn, held, released)).build());
                    server.recheckAdmission();
                  });
      assertThat(held.await(10, TimeUnit.SECONDS)).isTrue();
      try (RouteNetlink netlink = RouteNetlink.open()) {
        int other = netlink.links("lo").getFirst().index();
        Prefix nobodys = Prefix.parse("10.213.9.9/32");
        for (int i = 0; i < 5000; i++) {
          netlink.replaceRoute(other, nobodys);
        }
        netlink.deleteRoute(other, nobodys);
      }
      takenByAnother(
          () -> {
            released.countDown();
            holder.join();
            await().until(() -> server.sessions().isEmpty());
            assertThat(vpn.metrics.closed(CloseReason.ELSEWHERE)).isEqualTo(1);
          });
    }
  }

  /** Holds up whoever asks, once. */
  private record Holding(Admission inner, CountDownLatch held, CountDownLatch released)
      implements Admission {
    @Override
    public boolean isKnown(byte[] metadata) {
      return inner.isKnown(metadata);
    }

    @Override
    public Verdict admit(PeerIdentity identity, PeerInfo info, LinkPath path) {
      held.countDown();
      try {
        assertThat(released.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return inner.admit(identity, info, path);
    }
  }

  /** Runs a check while alice's address is routed into another lane's TUN, as far as one sees. */
  private static void takenByAnother(ThrowingCallable check) throws Exception {
    Prefix host = Prefix.parse("10.213.0.2/32");
    try (RouteNetlink netlink = RouteNetlink.open()) {
      int other = netlink.links("lo").getFirst().index();
      netlink.replaceRoute(other, host);
      try {
        check.call();
      } catch (Exception | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new AssertionError(e);
      } finally {
        netlink.deleteRoute(other, host);
      }
    }
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

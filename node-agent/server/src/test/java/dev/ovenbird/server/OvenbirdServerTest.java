package dev.ovenbird.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.ServerSettings.ClientToClient;
import dev.ovenbird.server.tun.InProcessTun;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class OvenbirdServerTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final TestVpn vpn = new TestVpn();
  private final OvenbirdServer server =
      OvenbirdServer.start(
          vpn.settings("test")
              .listener(ListenerSpec.udp(0, "127.0.0.1", "::1"))
              .listener(ListenerSpec.tcp(0, "127.0.0.1"))
              .listener(new ListenerSpec("tcp6", Transport.TCP, List.of("::1"), 0))
              .listener(new ListenerSpec("udp6", Transport.UDP, List.of("::1"), 0))
              .listener(new ListenerSpec("any", Transport.UDP, List.of(), 0))
              .build());

  @AfterEach
  void stop() {
    server.stop();
  }

  private OvenbirdClient connect(String name) throws Exception {
    OvenbirdClient client = vpn.client(name, "127.0.0.1", server.port("udp"), Transport.UDP);
    client.connected().get(20, TimeUnit.SECONDS);
    return client;
  }

  @ParameterizedTest
  @CsvSource({
    "udp, UDP, 127.0.0.1",
    "udp6, UDP, ::1",
    "any, UDP, 127.0.0.1",
    "any, UDP, ::1",
    "tcp, TCP, 127.0.0.1",
    "tcp6, TCP, ::1"
  })
  void packets_of_both_families_pass_both_ways(String listener, Transport transport, String address)
      throws Exception {
    try (OvenbirdClient client = vpn.client("alice", address, server.port(listener), transport)) {
      assertThat(client.connected().get(20, TimeUnit.SECONDS)).contains("topology subnet");
      for (String[] ends :
          new String[][] {{"10.88.0.2", "10.0.0.9"}, {"fd00:88::2", "fd00:1::9"}}) {
        byte[] up = TestPackets.udp(ends[0], ends[1], "up");
        assertThat(client.tun().send(up)).isTrue();
        assertThat(vpn.tun.receive(SOON)).isEqualTo(up);
        byte[] down = TestPackets.udp(ends[1], ends[0], "down");
        assertThat(vpn.tun.send(down)).isTrue();
        assertThat(client.tun().receive(SOON)).isEqualTo(down);
      }
      assertThat(server.sessions())
          .singleElement()
          .satisfies(
              session -> {
                assertThat(session.clientId()).isEqualTo("alice");
                assertThat(session.listener()).isEqualTo(listener);
                assertThat(session.transport()).isEqualTo(transport);
                assertThat(session.addresses()).contains("10.88.0.2");
                assertThat(session.cipher()).isEqualTo("AES-256-GCM");
                assertThat(session.bytesIn()).isPositive();
                assertThat(session.bytesOut()).isPositive();
              });
    }
    await().atMost(SOON).until(() -> server.sessions().isEmpty());
    assertThat(vpn.metrics.closed(CloseReason.EXIT)).isEqualTo(1);
  }

  @Test
  void forged_sources_and_refused_destinations_do_not_reach_the_tun() throws Exception {
    try (OvenbirdClient client = connect("alice")) {
      String own = TestVpn.ipv4(2);
      client.tun().send(TestPackets.udp(TestVpn.ipv4(3), "10.0.0.9", "forged"));
      client.tun().send(TestPackets.udp("fd00:88::3", "fd00:1::9", "forged"));
      client.tun().send(TestPackets.udp("192.0.2.1", "10.0.0.9", "forged"));
      client.tun().send(TestPackets.udp("fe80::1", "ff02::2", "router solicitation"));
      client.tun().send(TestPackets.udp(own, "169.254.169.254", "metadata"));
      client.tun().send(TestPackets.udp(own, "192.0.2.1", "not allowed"));
      client.tun().send(TestPackets.udp(own, TestVpn.ipv4(3), "another client"));
      client.tun().send(TestPackets.udp(own, TestVpn.ipv4(1), "a port of the gateway"));
      client.tun().send(new byte[] {0x45, 0, 0});
      client.tun().send(new byte[40]);
      byte[] good = TestPackets.udp(own, "10.0.0.9", "good");
      client.tun().send(good);
      assertThat(vpn.tun.receive(SOON)).isEqualTo(good);
      assertThat(vpn.metrics.drops(DropReason.SPOOFED_SOURCE)).isEqualTo(3);
      assertThat(vpn.metrics.drops(DropReason.DESTINATION_REFUSED)).isEqualTo(5);
      assertThat(vpn.metrics.drops(DropReason.NOT_IP)).isEqualTo(2);
    }
  }

  @Test
  void packets_for_absent_clients_go_nowhere() throws Exception {
    try (OvenbirdClient client = connect("alice")) {
      vpn.tun.send(TestPackets.udp("10.0.0.9", TestVpn.ipv4(77), "absent"));
      byte[] down = TestPackets.udp("10.0.0.9", TestVpn.ipv4(2), "present");
      vpn.tun.send(down);
      assertThat(client.tun().receive(SOON)).isEqualTo(down);
      assertThat(vpn.metrics.drops(DropReason.NO_ROUTE)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"10.88.0.2, 10.88.0.1, 20, 0", "fd00:88::2, fd00:88::1, 40, 129"})
  void the_gateway_answers_pings(String own, String gateway, int at, int type) throws Exception {
    try (OvenbirdClient client = connect("alice")) {
      client.tun().send(TestPackets.ping(own, gateway));
      byte[] answer = Objects.requireNonNull(client.tun().receive(SOON));
      assertThat(answer[at]).isEqualTo((byte) type);
      assertThat(TestPackets.isChecksumRight(answer)).isTrue();
    }
  }

  @Test
  void segment_sizes_are_clamped_both_ways() throws Exception {
    byte[] large = {2, 4, 0x05, (byte) 0xb4};
    // 1492 - IPv4 20 - UDP 8 - DATA_V2 with epochs 28 - inner TCP/IPv4 40
    byte[] clamped = {2, 4, 0x05, 0x74};
    try (OvenbirdClient client = connect("alice")) {
      client.tun().send(TestPackets.syn(TestVpn.ipv4(2), "10.0.0.9", large));
      assertThat(vpn.tun.receive(SOON))
          .isEqualTo(TestPackets.syn(TestVpn.ipv4(2), "10.0.0.9", clamped));
      vpn.tun.send(TestPackets.syn("10.0.0.9", TestVpn.ipv4(2), large));
      assertThat(client.tun().receive(SOON))
          .isEqualTo(TestPackets.syn("10.0.0.9", TestVpn.ipv4(2), clamped));
    }
  }

  @Test
  void clients_reach_each_other_once_it_is_allowed() throws Exception {
    try (OvenbirdClient alice = connect("alice");
        OvenbirdClient bob = connect("bob")) {
      byte[] hello = TestPackets.udp(TestVpn.ipv4(2), TestVpn.ipv4(3), "hello");
      alice.tun().send(hello);
      await().until(() -> vpn.metrics.drops(DropReason.DESTINATION_REFUSED) == 1);
      ServerSettings changed =
          vpn.settings("test")
              .listener(ListenerSpec.udp(1))
              .clientToClient(ClientToClient.ALLOW)
              .build();
      assertThat(server.reload(changed)).containsExactly("listeners");
      alice.tun().send(hello);
      assertThat(bob.tun().receive(SOON)).isEqualTo(hello);
      assertThat(server.sessions()).hasSize(2);
    }
  }

  @Test
  void a_client_taken_from_the_roster_is_cut_off_and_others_stay() throws Exception {
    try (OvenbirdClient alice = connect("alice");
        OvenbirdClient bob = connect("bob")) {
      vpn.roster.remove("alice");
      server.recheckAdmission();
      assertThat(alice.closed().get(10, TimeUnit.SECONDS)).contains("AUTH_FAILED");
      assertThat(server.sessions()).extracting(SessionView::clientId).containsExactly("bob");
      byte[] up = TestPackets.udp(TestVpn.ipv4(3), "10.0.0.9", "up");
      bob.tun().send(up);
      assertThat(vpn.tun.receive(SOON)).isEqualTo(up);
      assertThat(vpn.metrics.closed(CloseReason.CUT_OFF)).isEqualTo(1);
    }
  }

  @Test
  void a_client_that_comes_again_keeps_its_route() throws Exception {
    try (OvenbirdClient first = connect("alice");
        OvenbirdClient second = connect("alice")) {
      byte[] down = TestPackets.udp("10.0.0.9", TestVpn.ipv4(2), "down");
      vpn.tun.send(down);
      assertThat(second.tun().receive(SOON)).isEqualTo(down);
      assertThat(first.tun().receive(Duration.ZERO)).isNull();
      assertThat(vpn.metrics.closed(CloseReason.REPLACED)).isEqualTo(1);
      assertThat(server.sessions()).hasSize(1);
    }
  }

  @Test
  void a_draining_server_takes_no_new_sessions() throws Exception {
    try (OvenbirdClient alice = connect("alice")) {
      server.acceptNewSessions(false);
      try (OvenbirdClient bob =
          vpn.client(
              "bob", "127.0.0.1", server.port("udp"), Transport.UDP, Duration.ofSeconds(2))) {
        assertThatThrownBy(() -> bob.connected().get(20, TimeUnit.SECONDS))
            .hasCauseInstanceOf(StartException.class);
      }
      assertThat(server.sessions()).hasSize(1);
      assertThat(alice.closed()).isNotDone();
    }
  }

  @Test
  void stopping_tells_the_clients_and_frees_the_ports() throws Exception {
    int port = server.port("udp");
    try (OvenbirdClient udp = connect("alice");
        OvenbirdClient tcp = vpn.client("bob", "127.0.0.1", server.port("tcp"), Transport.TCP)) {
      tcp.connected().get(20, TimeUnit.SECONDS);
      assertThat(server.isReady()).isTrue();
      server.stop();
      assertThat(server.isReady()).isFalse();
      assertThat(udp.closed().get(5, TimeUnit.SECONDS)).contains("RESTART");
      assertThat(tcp.closed().get(5, TimeUnit.SECONDS)).contains("RESTART");
    }
    assertThat(server.sessions()).isEmpty();
    server.stop();
    new DatagramSocket(port, InetAddress.getByName("127.0.0.1")).close();
    // Netty says that its loop is over on the loop's thread, which ends after that.
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(thread -> thread.getName().equals("ovenbird-test")));
  }

  @Test
  void two_servers_live_in_one_jvm() throws Exception {
    TestVpn other = new TestVpn();
    try (OvenbirdServer second =
            OvenbirdServer.start(
                other.settings("second").listener(ListenerSpec.udp(0, "127.0.0.1")).build());
        OvenbirdClient alice = connect("alice");
        OvenbirdClient bob = other.client("bob", "127.0.0.1", second.port("udp"), Transport.UDP)) {
      bob.connected().get(20, TimeUnit.SECONDS);
      byte[] up = TestPackets.udp(TestVpn.ipv4(2), "10.0.0.9", "alice");
      alice.tun().send(up);
      assertThat(vpn.tun.receive(SOON)).isEqualTo(up);
      byte[] other3 = TestPackets.udp(TestVpn.ipv4(3), "10.0.0.9", "bob");
      bob.tun().send(other3);
      assertThat(other.tun.receive(SOON)).isEqualTo(other3);
      assertThat(server.sessions()).hasSize(1);
      assertThat(second.sessions()).hasSize(1);
    }
  }

  @Test
  void a_port_in_use_is_one_clear_line_and_leaves_nothing_bound() throws Exception {
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    try (DatagramSocket taken = new DatagramSocket(0, loopback);
        ServerSocket takenTcp = new ServerSocket(0, 1, loopback)) {
      ServerSettings udp =
          vpn.settings("late")
              .tun(new TunSpec.InProcess(new InProcessTun(1500, 8)))
              .listener(ListenerSpec.udp(taken.getLocalPort(), "127.0.0.1"))
              .build();
      assertThatThrownBy(() -> OvenbirdServer.start(udp))
          .isInstanceOf(StartException.class)
          .hasMessage(
              "listener udp: port %d/UDP on 127.0.0.1 is in use by another program; choose"
                      .formatted(taken.getLocalPort())
                  + " another port, or stop that program ('ss -lunp' shows it)");
      int free;
      try (DatagramSocket probe = new DatagramSocket(0, loopback)) {
        free = probe.getLocalPort();
      }
      ServerSettings tcp =
          vpn.settings("late")
              .tun(new TunSpec.InProcess(new InProcessTun(1500, 8)))
              .listener(ListenerSpec.udp(free, "127.0.0.1"))
              .listener(ListenerSpec.tcp(takenTcp.getLocalPort(), "127.0.0.1"))
              .build();
      assertThatThrownBy(() -> OvenbirdServer.start(tcp))
          .isInstanceOf(StartException.class)
          .hasMessageStartingWith(
              "listener tcp: port %d/TCP on 127.0.0.1 is in use by another program; "
                  .formatted(takenTcp.getLocalPort()));
      new DatagramSocket(free, loopback).close();
    }
  }

  @Test
  void an_address_that_the_node_lacks_is_one_clear_line() {
    ServerSettings settings =
        vpn.settings("lost").listener(ListenerSpec.udp(0, "203.0.113.77")).build();
    assertThatThrownBy(() -> OvenbirdServer.start(settings))
        .isInstanceOf(StartException.class)
        .hasMessageContaining(
            "on 203.0.113.77 can't be bound: the node does not have this address");
  }
}

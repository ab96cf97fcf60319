package dev.ovenbird.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.ServerSettings.ClientToClient;
import dev.ovenbird.server.route.Cidr;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that are routers of a site: alice has networks behind her. */
@Timeout(60)
class SitesTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String BEHIND = "192.168.50.7";
  private static final String BEHIND6 = "fd00:50::7";
  private static final String ALICE = TestVpn.ipv4(2);
  private static final String BOB = TestVpn.ipv4(3);

  private final TestVpn vpn = new TestVpn();
  private final OvenbirdServer server = OvenbirdServer.start(settings().build());

  private ServerSettingsBuilder settings() {
    behind("alice", "192.168.50.0/24", "fd00:50::/64");
    return vpn.settings("sites")
        .allowedDestinations("10.0.0.0/8", "fd00:1::/64", "192.168.50.0/24")
        .listener(ListenerSpec.udp(0, "127.0.0.1"));
  }

  private void behind(String client, String... networks) {
    vpn.networks.put(client, Arrays.stream(networks).map(Cidr::parse).toList());
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  private OvenbirdClient connect(String name) throws Exception {
    OvenbirdClient client = vpn.client(name, "127.0.0.1", server.port("udp"), Transport.UDP);
    client.connected().get(20, TimeUnit.SECONDS);
    return client;
  }

  private void assertUp(OvenbirdClient client, String source, String destination) throws Exception {
    byte[] packet = TestPackets.udp(source, destination, "up");
    client.tun().send(packet);
    assertThat(vpn.tun.receive(SOON)).isEqualTo(packet);
  }

  private void assertDown(OvenbirdClient client, String source, String destination)
      throws Exception {
    byte[] packet = TestPackets.udp(source, destination, "down");
    vpn.tun.send(packet);
    assertThat(client.tun().receive(SOON)).isEqualTo(packet);
  }

  @Test
  void packets_of_the_networks_pass_both_ways_and_others_are_forged() throws Exception {
    try (OvenbirdClient alice = connect("alice")) {
      for (String forged : new String[] {"192.168.51.7", "192.168.49.255", BOB}) {
        alice.tun().send(TestPackets.udp(forged, "10.0.0.9", "forged"));
      }
      alice.tun().send(TestPackets.udp("fd00:51::7", "fd00:1::9", "forged"));
      assertUp(alice, BEHIND, "10.0.0.9");
      assertUp(alice, BEHIND6, "fd00:1::9");
      assertUp(alice, ALICE, "10.0.0.9");
      assertThat(vpn.metrics.drops(DropReason.SPOOFED_SOURCE)).isEqualTo(4);
      assertDown(alice, "10.0.0.9", "192.168.50.255");
      assertDown(alice, "fd00:1::9", BEHIND6);
    }
  }

  @Test
  void a_site_may_not_send_what_its_clients_may_not_reach_nor_to_itself() throws Exception {
    try (OvenbirdClient alice = connect("alice")) {
      alice.tun().send(TestPackets.udp(BEHIND, "198.51.100.1", "not allowed"));
      alice.tun().send(TestPackets.udp(ALICE, "192.168.50.9", "would come back"));
      alice.tun().send(TestPackets.udp(BEHIND, "169.254.169.254", "metadata"));
      assertUp(alice, BEHIND, "10.0.0.9");
      assertThat(vpn.metrics.drops(DropReason.DESTINATION_REFUSED)).isEqualTo(3);
    }
  }

  @Test
  void other_clients_reach_the_networks_through_the_tun_which_judges_the_answers()
      throws Exception {
    try (OvenbirdClient alice = connect("alice");
        OvenbirdClient bob = connect("bob")) {
      assertUp(bob, BOB, BEHIND);
      assertUp(alice, BEHIND, BOB);
      // As node and pods may have asked with the gateway's address.
      assertUp(alice, BEHIND, TestVpn.ipv4(1));
      bob.tun().send(TestPackets.udp(BOB, ALICE, "clients don't reach each other"));
      bob.tun().send(TestPackets.udp(BEHIND, "10.0.0.9", "not behind bob"));
      assertUp(bob, BOB, "10.0.0.9");
      assertThat(vpn.metrics.drops(DropReason.DESTINATION_REFUSED)).isEqualTo(1);
      assertThat(vpn.metrics.drops(DropReason.SPOOFED_SOURCE)).isEqualTo(1);
    }
  }

  @Test
  void where_clients_reach_each_other_packets_go_straight_to_the_site_and_back() throws Exception {
    assertThat(server.reload(settings().clientToClient(ClientToClient.ALLOW).build())).isEmpty();
    try (OvenbirdClient alice = connect("alice");
        OvenbirdClient bob = connect("bob")) {
      byte[] there = TestPackets.udp(BOB, BEHIND, "there");
      bob.tun().send(there);
      assertThat(alice.tun().receive(SOON)).isEqualTo(there);
      byte[] back = TestPackets.udp(BEHIND, BOB, "back");
      alice.tun().send(back);
      assertThat(bob.tun().receive(SOON)).isEqualTo(back);
      assertUp(bob, BOB, "10.0.0.9");
    }
  }

  @Test
  void networks_that_change_are_followed_without_a_new_connection() throws Exception {
    try (OvenbirdClient alice = connect("alice");
        OvenbirdClient bob = connect("bob")) {
      behind("alice", "192.168.60.0/24");
      behind("bob", "192.168.50.0/24");
      server.recheckAdmission();
      assertDown(bob, "10.0.0.9", BEHIND);
      assertDown(alice, "10.0.0.9", "192.168.60.7");
      alice.tun().send(TestPackets.udp(BEHIND, "10.0.0.9", "no longer behind alice"));
      assertUp(alice, "192.168.60.7", "10.0.0.9");
      assertUp(bob, BEHIND, "10.0.0.9");
      assertThat(vpn.metrics.drops(DropReason.SPOOFED_SOURCE)).isEqualTo(1);
      assertThat(alice.closed()).isNotDone();
    }
  }

  @Test
  void the_newest_session_has_a_network_that_two_clients_name() throws Exception {
    behind("bob", "192.168.50.0/24");
    try (OvenbirdClient alice = connect("alice")) {
      try (OvenbirdClient bob = connect("bob")) {
        assertDown(bob, "10.0.0.9", BEHIND);
      }
      await().atMost(SOON).until(() -> server.sessions().size() == 1);
      vpn.tun.send(TestPackets.udp("10.0.0.9", BEHIND, "nobody's"));
      assertDown(alice, "fd00:1::9", BEHIND6);
      assertThat(vpn.metrics.drops(DropReason.NO_ROUTE)).isEqualTo(1);
    }
  }

  @Test
  void networks_that_would_take_others_packets_are_not_led_to_a_client() throws Exception {
    behind(
        "alice",
        "10.88.0.0/24", // the tunnel's own
        "10.0.0.0/8", // around it
        "169.254.169.254/32",
        "::/16",
        "192.168.50.0/24");
    try (OvenbirdClient alice = connect("alice");
        OvenbirdClient bob = connect("bob")) {
      assertDown(bob, "10.0.0.9", BOB);
      alice.tun().send(TestPackets.udp(BOB, "10.0.0.9", "forged"));
      alice.tun().send(TestPackets.udp("10.7.7.7", "10.0.0.9", "forged"));
      assertUp(alice, BEHIND, "10.0.0.9");
      assertThat(vpn.metrics.drops(DropReason.SPOOFED_SOURCE)).isEqualTo(2);
      assertThat(server.sessions()).hasSize(2);
    }
  }

  @Test
  void at_most_sixteen_networks_of_a_client_are_routed() throws Exception {
    String[] many = new String[17];
    Arrays.setAll(many, i -> "192.168." + i + ".0/24");
    behind("alice", many);
    try (OvenbirdClient alice = connect("alice")) {
      vpn.tun.send(TestPackets.udp("10.0.0.9", "192.168.16.1", "one too many"));
      assertDown(alice, "10.0.0.9", "192.168.15.1");
      assertThat(vpn.metrics.drops(DropReason.NO_ROUTE)).isEqualTo(1);
      assertThat(server.sessions())
          .singleElement()
          .extracting(SessionView::addresses)
          .isEqualTo(List.of(ALICE, "fd00:88::2"));
    }
  }
}

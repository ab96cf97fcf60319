package dev.ovenbird.linux.nft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ovenbird.linux.Packets;
import dev.ovenbird.linux.PrivateNetwork;
import dev.ovenbird.linux.Programs;
import dev.ovenbird.linux.netlink.Prefix;
import dev.ovenbird.linux.netlink.RouteNetlink;
import dev.ovenbird.linux.process.HostForwarding;
import dev.ovenbird.linux.tun.TunDevice;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sends packets from a client's side through the kernel and looks where they come out. */
@ExtendWith(PrivateNetwork.class)
class NftTableTest {
  private static final String ALICE = "10.213.0.10";
  private static final String ALICE6 = "fd00:213::10";
  private static final String BOB = "10.213.0.11";
  private static final String GATEWAY = "10.213.0.1";
  private static final String GATEWAY6 = "fd00:213::1";
  private static final String SERVICE = "192.0.2.9";
  private static final String BEHIND = "192.168.50.9";

  private final Nft nft = Nft.find();

  private static List<Prefix> prefixes(String... texts) {
    return Arrays.stream(texts).map(Prefix::parse).toList();
  }

  private static NftTable table(
      boolean dns, boolean clientToClient, boolean masquerade, String... exceptions) {
    return new NftTable(
        "ovbt-0",
        "ovbt-",
        "ovb",
        prefixes("10.213.0.0/16", "fd00:213::/64"),
        prefixes(GATEWAY, GATEWAY6),
        dns ? 5353 : 0,
        clientToClient,
        masquerade,
        prefixes(exceptions),
        prefixes("127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "192.0.2.200"));
  }

  private static TunDevice tun(String name, String... addressesThenRoutes) {
    TunDevice tun = TunDevice.open(name, TunDevice.Options.PLAIN);
    int index = tun.interfaceIndex();
    try (RouteNetlink netlink = RouteNetlink.open()) {
      netlink.disableLinkLocal(index);
      netlink.setUp(index, true);
      for (String text : addressesThenRoutes) {
        if (text.startsWith("route ")) {
          netlink.replaceRoute(index, Prefix.parse(text.substring(6)));
        } else {
          netlink.addAddress(index, Prefix.parse(text));
        }
      }
    }
    return tun;
  }

  private static TunDevice alicesTun() {
    return tun("ovbt-0", GATEWAY, GATEWAY6, "route " + ALICE, "route " + ALICE6);
  }

  /** Sends a packet that must vanish, then a ping to the gateway: its answer must be the first. */
  private static void assertNoAnswer(TunDevice tun, byte[] packet) {
    Packets.write(tun, packet);
    Packets.write(tun, Packets.echoRequest(ALICE, GATEWAY, 4242));
    assertThat(Packets.isEchoReply(Packets.read(tun), 4242)).isTrue();
  }

  @Test
  void the_gateway_answers_ping_and_nothing_else() {
    try (TunDevice tun = alicesTun()) {
      nft.apply(table(false, false, false));
      Packets.write(tun, Packets.echoRequest(ALICE, GATEWAY, 1));
      assertThat(Packets.isEchoReply(Packets.read(tun), 1)).isTrue();
      Packets.write(tun, Packets.echoRequest(ALICE6, GATEWAY6, 2));
      assertThat(Packets.isEchoReply(Packets.read(tun), 2)).isTrue();
      assertNoAnswer(tun, Packets.datagram(ALICE, GATEWAY, 9));
      assertNoAnswer(tun, Packets.datagram(ALICE, GATEWAY, 53));
    }
  }

  @Test
  void dns_at_the_gateway_is_reached_if_it_is_there() {
    try (TunDevice tun = alicesTun()) {
      nft.apply(table(true, false, false));
      Packets.write(tun, Packets.datagram(ALICE, GATEWAY, 53));
      byte[] answer = Packets.read(tun);
      assertThat(answer[9]).as("ICMP: nobody listens").isEqualTo((byte) Packets.ICMP);
      assertThat(answer[20]).as("unreachable").isEqualTo((byte) 3);
      assertThat(answer[21]).as("port").isEqualTo((byte) 3);
    }
  }

  @Test
  void the_nodes_own_addresses_are_refused_unless_named() throws Exception {
    Programs.run("ip", "addr", "add", "192.0.2.1/32", "dev", "lo");
    Programs.run("ip", "addr", "add", "169.254.20.10/32", "dev", "lo");
    try (TunDevice tun = alicesTun()) {
      nft.apply(table(false, false, false, "169.254.20.10", "169.254.20.0/24"));
      assertNoAnswer(tun, Packets.echoRequest(ALICE, "192.0.2.1", 1));
      Packets.write(tun, Packets.echoRequest(ALICE, "169.254.20.10", 2));
      assertThat(Packets.isEchoReply(Packets.read(tun), 2)).isTrue();
      nft.apply(table(false, false, false));
      assertNoAnswer(tun, Packets.echoRequest(ALICE, "169.254.20.10", 3));
    }
  }

  @Test
  void metadata_services_loopback_and_multicast_are_refused() throws Exception {
    try (TunDevice tun = alicesTun();
        TunDevice outside = tun("out0", "192.0.2.1", "route 169.254.169.254", "route " + SERVICE);
        HostForwarding forwarding = HostForwarding.enable(true, false)) {
      assertThat(forwarding).isNotNull();
      nft.apply(table(false, false, false));
      for (String refused :
          new String[] {"169.254.169.254", "127.0.0.1", "224.0.0.251", "192.0.2.200"}) {
        assertNoAnswer(tun, Packets.datagram(ALICE, refused, 80));
      }
      Packets.write(tun, Packets.datagram(ALICE, SERVICE, 80));
      assertThat(Arrays.copyOfRange(Packets.read(outside), 16, 20))
          .as("the first packet to come out")
          .isEqualTo(Prefix.parse(SERVICE).addressBytes());
    }
  }

  @Test
  void a_node_port_is_no_way_around() throws Exception {
    Programs.run("ip", "addr", "add", "192.0.2.1/32", "dev", "lo");
    try (TunDevice tun = alicesTun();
        TunDevice outside = tun("out0", "route " + SERVICE);
        HostForwarding forwarding = HostForwarding.enable(true, false)) {
      assertThat(forwarding).isNotNull();
      nft.apply(
          """
          table ip nodeports {
            chain prerouting {
              type nat hook prerouting priority dstnat;
              ip daddr 192.0.2.1 udp dport 30000 dnat to 192.0.2.9:80
            }
          }
          """);
      nft.apply(table(false, false, false));
      Packets.write(tun, Packets.datagram(ALICE, "192.0.2.1", 30000));
      nft.apply(table(false, false, false, "192.0.2.1"));
      Packets.write(tun, Packets.datagram(BOB, "192.0.2.1", 30000));
      assertThat(Arrays.copyOfRange(Packets.read(outside), 12, 16))
          .as("source of the first packet to come out")
          .isEqualTo(Prefix.parse(BOB).addressBytes());
    }
  }

  @Test
  void packets_leave_with_the_nodes_address_only_if_masquerading() {
    try (TunDevice tun = alicesTun();
        TunDevice outside = tun("out0", "192.0.2.1", "route " + SERVICE);
        HostForwarding forwarding = HostForwarding.enable(true, false)) {
      assertThat(forwarding).isNotNull();
      nft.apply(table(false, false, false));
      Packets.write(tun, Packets.datagram(ALICE, SERVICE, 80));
      assertThat(Arrays.copyOfRange(Packets.read(outside), 12, 16))
          .isEqualTo(Prefix.parse(ALICE).addressBytes());
      nft.apply(table(false, false, true));
      Packets.write(tun, Packets.datagram(ALICE, SERVICE, 81));
      assertThat(Arrays.copyOfRange(Packets.read(outside), 12, 16))
          .isEqualTo(Prefix.parse("192.0.2.1").addressBytes());
    }
  }

  @Test
  void what_lies_behind_a_client_leaves_with_the_nodes_address_too() {
    try (TunDevice tun = tun("ovbt-0", "route 192.168.50.0/24");
        TunDevice outside = tun("out0", "192.0.2.1", "route " + SERVICE);
        HostForwarding forwarding = HostForwarding.enable(true, false)) {
      assertThat(forwarding).isNotNull();
      nft.apply(table(false, false, true));
      Packets.write(tun, Packets.datagram(BEHIND, SERVICE, 80));
      assertThat(Arrays.copyOfRange(Packets.read(outside), 12, 16))
          .isEqualTo(Prefix.parse("192.0.2.1").addressBytes());
    }
  }

  @Test
  void from_behind_a_client_only_answers_come_to_others() {
    try (TunDevice tun = tun("ovbt-0", GATEWAY, "route " + ALICE, "route 192.168.50.0/24");
        HostForwarding forwarding = HostForwarding.enable(true, false)) {
      assertThat(forwarding).isNotNull();
      nft.apply(table(false, false, true));
      Packets.write(tun, Packets.datagram(BEHIND, ALICE, 7));
      Packets.write(tun, Packets.echoRequest(ALICE, BEHIND, 4711));
      byte[] request = Packets.read(tun);
      assertThat(Arrays.copyOfRange(request, 16, 20))
          .as("destination of the first packet to come out")
          .isEqualTo(Prefix.parse(BEHIND).addressBytes());
      Packets.write(tun, Packets.echoReply(request));
      assertThat(Packets.isEchoReply(Packets.read(tun), 4711)).isTrue();
    }
  }

  @Test
  void clients_reach_each_other_over_two_lanes_only_if_allowed() {
    try (TunDevice tun = alicesTun();
        TunDevice lane1 = tun("ovbt-1", "route " + BOB);
        TunDevice other = tun("ovbu-0", "route 10.214.0.10");
        HostForwarding forwarding = HostForwarding.enable(true, false)) {
      assertThat(forwarding).isNotNull();
      nft.apply(table(false, false, false));
      Packets.write(tun, Packets.datagram(ALICE, BOB, 1));
      nft.apply(table(false, true, false));
      Packets.write(tun, Packets.datagram(ALICE, "10.214.0.10", 2));
      Packets.write(tun, Packets.datagram(ALICE, BOB, 3));
      assertThat(Packets.read(lane1)[23]).as("destination port").isEqualTo((byte) 3);
      nft.delete("ovbt-0");
      Packets.write(tun, Packets.datagram(ALICE, "10.214.0.10", 4));
      assertThat(Packets.read(other)[23]).as("destination port").isEqualTo((byte) 4);
    }
  }

  @Test
  void the_node_gets_answers_to_what_it_asked_a_client() throws Exception {
    try (TunDevice tun = alicesTun()) {
      nft.apply(table(false, false, true));
      Process ping = Programs.start("ping", "-n", "-c1", "-W5", ALICE);
      byte[] request = Packets.read(tun);
      assertThat(Arrays.copyOfRange(request, 12, 16))
          .isEqualTo(Prefix.parse(GATEWAY).addressBytes());
      Packets.write(tun, Packets.echoReply(request));
      assertThat(ping.waitFor()).isZero();
    }
  }

  @Test
  void names_that_nft_would_read_otherwise_are_refused() {
    for (String name : new String[] {"", "a b", "a;", "0vb", "a\nflush ruleset"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  new NftTable(
                      name, "ovb", "ovb", List.of(), List.of(), 0, false, false, List.of(),
                      List.of()));
    }
  }
}

package dev.ovenbird.app.roster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.app.TestInstance;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.InstanceConfig.DefaultRoute;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.route.Cidr;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What each kind of client is told, word for word. */
class PushOptionsTest {
  private static final PeerInfo CLIENT_2_5 = PeerInfo.parse("IV_VER=2.5.11\nIV_PROTO=6\n");
  private static final PeerInfo CLIENT_2_6 = PeerInfo.parse("IV_VER=2.6.14\nIV_PROTO=990\n");
  private static final PeerInfo CLIENT_2_7 = PeerInfo.parse("IV_VER=2.7.6\nIV_PROTO=8094\n");
  private static final byte[] IPV4 = Cidr.parse("10.88.0.10").address();
  private static final byte[] IPV6 = Cidr.parse("fd00:88::a").address();
  private static final String IFCONFIG = "ifconfig 10.88.0.10 255.255.0.0";
  private static final String IFCONFIG_IPV6 = "ifconfig-ipv6 fd00:88::a/64 fd00:88::1";

  private static LinkPath path(Transport transport) {
    return new LinkPath(transport, 0, 0, 0, 0xffff_c000_0201L, 40000, 0, 0xffff_c000_0202L, 0);
  }

  private static List<String> options(
      DefaultRoute defaultRoute, boolean ipv6, PeerInfo info, LinkPath path) {
    InstanceConfig config =
        TestInstance.config(Path.of("/nowhere"), TestInstance.push(defaultRoute), ipv6);
    return new PushOptions(config)
        .forClient(ipv6 ? List.of(IPV4, IPV6) : List.of(IPV4), List.of(), info, path);
  }

  private static List<String> options(DefaultRoute defaultRoute, boolean ipv6, PeerInfo info) {
    return options(defaultRoute, ipv6, info, path(Transport.UDP));
  }

  @Test
  void a_2_6_client_on_udp_gets_dhcp_options_and_the_early_dns_options() {
    assertThat(options(DefaultRoute.None, true, CLIENT_2_6))
        .containsExactly(
            "topology subnet",
            "route-gateway 10.88.0.1",
            "route 10.96.0.0 255.240.0.0",
            "route-ipv6 fd00:96::/64",
            "dhcp-option DNS 10.96.0.10",
            "dhcp-option DOMAIN svc.cluster.local",
            "dns search-domains svc.cluster.local",
            "dns server 0 address 10.96.0.10",
            "dns server 0 resolve-domains svc.cluster.local",
            "explicit-exit-notify 1",
            "rcvbuf 1048576",
            IFCONFIG_IPV6,
            IFCONFIG);
  }

  @Test
  void a_2_5_client_which_refuses_dns_options_gets_dhcp_options_alone() {
    assertThat(options(DefaultRoute.None, true, CLIENT_2_5))
        .contains("dhcp-option DNS 10.96.0.10", "dhcp-option DOMAIN svc.cluster.local")
        .noneMatch(option -> option.startsWith("dns "));
  }

  @Test
  void linux_scripts_for_systemd_resolved_are_told_which_names_come_here() {
    PeerInfo linux = PeerInfo.parse("IV_VER=2.5.11\nIV_PLAT=linux\nIV_PROTO=6\n");
    assertThat(options(DefaultRoute.None, true, linux))
        .contains("dhcp-option DOMAIN-ROUTE svc.cluster.local");
    assertThat(options(DefaultRoute.DualStack, true, linux))
        .noneMatch(option -> option.contains("DOMAIN-ROUTE"));
  }

  @Test
  void several_servers_are_one_server_for_2_7_and_several_for_2_6() {
    InstanceConfig.Push push =
        new InstanceConfig.Push(
            List.of(),
            List.of("10.96.0.10", "10.96.0.11", "fd00:96::10"),
            List.of("example.com"),
            DefaultRoute.None);
    PushOptions options = new PushOptions(TestInstance.config(Path.of("/nowhere"), push, true));
    assertThat(options.forClient(List.of(IPV4, IPV6), List.of(), CLIENT_2_7, path(Transport.UDP)))
        .contains("dns server 0 address 10.96.0.10 10.96.0.11 fd00:96::10");
    assertThat(options.forClient(List.of(IPV4, IPV6), List.of(), CLIENT_2_6, path(Transport.UDP)))
        .contains(
            "dhcp-option DNS 10.96.0.11",
            "dhcp-option DNS fd00:96::10",
            "dns server 0 address 10.96.0.10 fd00:96::10",
            "dns server 1 address 10.96.0.11",
            "dns server 1 resolve-domains example.com");
  }

  @Test
  void a_2_7_client_gets_dns_options() {
    assertThat(options(DefaultRoute.None, true, CLIENT_2_7))
        .containsExactly(
            "topology subnet",
            "route-gateway 10.88.0.1",
            "route 10.96.0.0 255.240.0.0",
            "route-ipv6 fd00:96::/64",
            "dns search-domains svc.cluster.local",
            "dns server 0 address 10.96.0.10",
            "dns server 0 resolve-domains svc.cluster.local",
            "explicit-exit-notify 1",
            "rcvbuf 1048576",
            IFCONFIG_IPV6,
            IFCONFIG);
  }

  @Test
  void a_client_on_tcp_is_not_asked_to_announce_its_exit_and_keeps_its_buffers() {
    assertThat(options(DefaultRoute.None, true, CLIENT_2_6, path(Transport.TCP)))
        .doesNotContain("explicit-exit-notify 1", "rcvbuf 1048576");
  }

  @Test
  void without_ipv6_in_the_network_no_ipv6_is_pushed() {
    assertThat(options(DefaultRoute.None, false, CLIENT_2_6))
        .containsExactly(
            "topology subnet",
            "route-gateway 10.88.0.1",
            "route 10.96.0.0 255.240.0.0",
            "dhcp-option DNS 10.96.0.10",
            "dhcp-option DOMAIN svc.cluster.local",
            "dns search-domains svc.cluster.local",
            "dns server 0 address 10.96.0.10",
            "dns server 0 resolve-domains svc.cluster.local",
            "explicit-exit-notify 1",
            "rcvbuf 1048576",
            IFCONFIG);
  }

  @Test
  void default_routes_are_pushed_by_family_and_dns_is_then_for_all_names() {
    assertThat(options(DefaultRoute.IPv4, true, CLIENT_2_7))
        .contains("redirect-gateway def1")
        .doesNotContain("block-ipv6", "dns server 0 resolve-domains svc.cluster.local");
    assertThat(options(DefaultRoute.IPv6, true, CLIENT_2_7))
        .contains("redirect-gateway def1 ipv6 !ipv4")
        .doesNotContain("block-ipv6");
    assertThat(options(DefaultRoute.DualStack, true, CLIENT_2_7))
        .contains("redirect-gateway def1 ipv6")
        .doesNotContain("block-ipv6");
  }

  @Test
  void ipv6_is_refused_in_the_client_if_all_should_come_here_and_there_is_none() {
    assertThat(options(DefaultRoute.DualStack, false, CLIENT_2_7))
        .containsSubsequence(
            "redirect-gateway def1 ipv6",
            "block-ipv6",
            "ifconfig-ipv6 fd15:53b6:dead::2/64 fd15:53b6:dead::1",
            IFCONFIG);
  }

  @Test
  void endpoints_inside_a_pushed_route_get_an_exception() {
    InstanceConfig.Push push =
        new InstanceConfig.Push(
            List.of("10.96.0.0/12"),
            List.of(),
            List.of(),
            DefaultRoute.None,
            List.of("10.96.0.5", "10.97.0.5"));
    assertThat(
            new PushOptions(TestInstance.config(Path.of("/nowhere"), push, true))
                .forClient(List.of(IPV4), List.of(), CLIENT_2_6, path(Transport.UDP)))
        .containsSubsequence(
            "route 10.96.0.0 255.240.0.0",
            "route 10.96.0.5 255.255.255.255 net_gateway",
            "route 10.97.0.5 255.255.255.255 net_gateway");
    assertThat(options(DefaultRoute.None, true, CLIENT_2_6))
        .noneMatch(option -> option.contains("net_gateway"));
  }

  @Test
  void a_site_is_not_told_the_way_to_what_is_behind_it() {
    InstanceConfig.Push push =
        new InstanceConfig.Push(
            List.of("10.96.0.0/12", "192.168.50.0/24", "192.168.0.0/16", "fd00:50:1::/64"),
            List.of(),
            List.of(),
            DefaultRoute.None);
    assertThat(
            new PushOptions(TestInstance.config(Path.of("/nowhere"), push, true))
                .forClient(
                    List.of(IPV4, IPV6),
                    List.of(Cidr.parse("192.168.50.0/24"), Cidr.parse("fd00:50::/32")),
                    CLIENT_2_6,
                    path(Transport.UDP)))
        .filteredOn(option -> option.startsWith("route ") || option.startsWith("route-ipv6 "))
        .containsExactly("route 10.96.0.0 255.240.0.0", "route 192.168.0.0 255.255.0.0");
  }

  @Test
  void no_option_is_longer_than_a_client_reads() {
    List<String> domains =
        IntStream.range(0, 40).mapToObj(i -> "department-" + i + ".example.com").toList();
    InstanceConfig.Push push =
        new InstanceConfig.Push(List.of(), List.of("10.96.0.10"), domains, DefaultRoute.None);
    List<String> options =
        new PushOptions(TestInstance.config(Path.of("/nowhere"), push, true))
            .forClient(List.of(IPV4), List.of(), CLIENT_2_7, path(Transport.UDP));
    assertThat(options)
        .allSatisfy(
            option -> {
              assertThat(option.length()).isLessThan(256);
              assertThat(option.split(" ")).hasSizeLessThanOrEqualTo(16);
              assertThat(option).doesNotContain(",");
            });
    assertThat(String.join(" ", options)).contains(domains);
  }

  @Test
  void an_mtu_goes_to_clients_that_take_it() {
    InstanceConfig config = TestInstance.withMtu(TestInstance.config(Path.of("/nowhere")), 1400);
    PushOptions options = new PushOptions(config);
    for (String says : List.of("IV_MTU=1600\n", "IV_MTU=1400\n")) {
      assertThat(
              options.forClient(
                  List.of(IPV4), List.of(), PeerInfo.parse(says), path(Transport.UDP)))
          .endsWith(IFCONFIG, "tun-mtu 1400");
    }
    for (String says : List.of("", "IV_MTU=1399\n", "IV_MTU=-5\n", "IV_MTU=x\n")) {
      assertThat(
              options.forClient(
                  List.of(IPV4), List.of(), PeerInfo.parse(says), path(Transport.UDP)))
          .endsWith(IFCONFIG);
    }
  }

  @Test
  void the_mtu_that_everybody_has_is_not_pushed() {
    assertThat(options(DefaultRoute.None, true, PeerInfo.parse("IV_MTU=1600\n")))
        .noneMatch(option -> option.startsWith("tun-mtu"));
  }
}

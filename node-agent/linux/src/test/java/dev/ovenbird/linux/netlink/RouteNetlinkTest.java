package dev.ovenbird.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.linux.PrivateNetwork;
import dev.ovenbird.linux.Programs;
import dev.ovenbird.linux.call.LinuxException;
import dev.ovenbird.linux.tun.TunDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PrivateNetwork.class)
class RouteNetlinkTest {
  private static final Prefix CLIENT = Prefix.parse("10.213.0.10");
  private static final Prefix CLIENT6 = Prefix.parse("fd00:213::10");

  private static TunDevice up(RouteNetlink netlink, String name) {
    TunDevice tun = TunDevice.open(name, TunDevice.Options.PLAIN);
    netlink.setUp(tun.interfaceIndex(), true);
    return tun;
  }

  @Test
  void a_link_is_set_up_and_down_with_its_mtu_and_queue() {
    try (RouteNetlink netlink = RouteNetlink.open();
        TunDevice tun = TunDevice.open("ovbt0", TunDevice.Options.PLAIN)) {
      int index = tun.interfaceIndex();
      netlink.setMtu(index, 1380);
      netlink.setTransmitQueueLength(index, 777);
      netlink.setUp(index, true);
      assertThat(netlink.links("ovbt"))
          .containsExactly(new Link(index, "ovbt0", 1380, 777, true, "tun"));
      netlink.setUp(index, false);
      assertThat(netlink.links("ovbt").getFirst().up()).isFalse();
      assertThat(netlink.links("ovbu")).isEmpty();
    }
  }

  @Test
  void addresses_are_added_once_and_deleted_once() {
    try (RouteNetlink netlink = RouteNetlink.open();
        TunDevice tun = TunDevice.open("ovbt0", TunDevice.Options.PLAIN)) {
      int index = tun.interfaceIndex();
      netlink.disableLinkLocal(index);
      netlink.setUp(index, true);
      Prefix gateway = Prefix.parse("10.213.0.1");
      Prefix gateway6 = Prefix.parse("fd00:213::1");
      for (int i = 0; i < 2; i++) {
        netlink.addAddress(index, gateway);
        netlink.addAddress(index, gateway6);
      }
      assertThat(netlink.addresses(index)).containsExactlyInAnyOrder(gateway, gateway6);
      assertThat(netlink.addresses()).contains(gateway, gateway6, Prefix.parse("127.0.0.1/8"));
      assertThat(netlink.deleteAddress(index, gateway)).isTrue();
      assertThat(netlink.deleteAddress(index, gateway)).isFalse();
      assertThat(netlink.deleteAddress(index, gateway6)).isTrue();
      assertThat(netlink.addresses(index)).isEmpty();
    }
  }

  @Test
  void an_interface_without_ipv6_needs_no_link_local_switched_off() {
    try (RouteNetlink netlink = RouteNetlink.open();
        TunDevice tun = TunDevice.open("ovbt0", TunDevice.Options.PLAIN)) {
      netlink.setMtu(tun.interfaceIndex(), 1000);
      netlink.disableLinkLocal(tun.interfaceIndex());
      netlink.setUp(tun.interfaceIndex(), true);
      assertThat(netlink.addresses(tun.interfaceIndex())).isEmpty();
    }
  }

  @Test
  void two_tuns_may_have_the_same_gateway_address() {
    try (RouteNetlink netlink = RouteNetlink.open();
        TunDevice one = up(netlink, "ovbt0");
        TunDevice two = up(netlink, "ovbt1")) {
      for (TunDevice tun : new TunDevice[] {one, two}) {
        netlink.addAddress(tun.interfaceIndex(), Prefix.parse("10.213.0.1"));
        netlink.addAddress(tun.interfaceIndex(), Prefix.parse("fd00:213::1"));
      }
      assertThat(netlink.addresses(two.interfaceIndex())).contains(Prefix.parse("10.213.0.1"));
    }
  }

  @Test
  void a_host_route_moves_to_the_lane_that_replaced_it_and_stays_there() throws Exception {
    try (RouteNetlink netlink = RouteNetlink.open();
        TunDevice one = up(netlink, "ovbt0");
        TunDevice two = up(netlink, "ovbt1")) {
      for (Prefix client : new Prefix[] {CLIENT, CLIENT6}) {
        netlink.replaceHostRoute(one.interfaceIndex(), client.high(), client.low());
        netlink.replaceHostRoute(two.interfaceIndex(), client.high(), client.low());
        assertThat(netlink.routes())
            .filteredOn(route -> route.destination().equals(client))
            .singleElement()
            .extracting(Route::interfaceIndex)
            .isEqualTo(two.interfaceIndex());
        assertThat(netlink.deleteHostRoute(one.interfaceIndex(), client.high(), client.low()))
            .isFalse();
        assertThat(Programs.run("ip", "route", "get", client.toString().replaceAll("/.*", "")))
            .contains("dev ovbt1");
        assertThat(netlink.deleteHostRoute(two.interfaceIndex(), client.high(), client.low()))
            .isTrue();
      }
      assertThat(netlink.routes()).isEmpty();
    }
  }

  @Test
  void a_route_with_a_metric_leaves_the_nodes_own_in_its_place() throws Exception {
    try (RouteNetlink netlink = RouteNetlink.open();
        TunDevice own = up(netlink, "ovbt9");
        TunDevice one = up(netlink, "ovbt0");
        TunDevice two = up(netlink, "ovbt1")) {
      for (String network : new String[] {"192.168.50.0/24", "fd00:50::/64"}) {
        Prefix prefix = Prefix.parse(network);
        String host = network.startsWith("192") ? "192.168.50.9" : "fd00:50::9";
        netlink.replaceRoute(one.interfaceIndex(), prefix, 1_000_000);
        netlink.replaceRoute(two.interfaceIndex(), prefix, 1_000_000);
        assertThat(netlink.routes())
            .filteredOn(route -> route.destination().equals(prefix))
            .containsExactly(new Route(prefix, two.interfaceIndex(), false, 1_000_000));
        Programs.run("ip", "route", "add", network, "dev", own.name());
        netlink.replaceRoute(two.interfaceIndex(), prefix, 1_000_000);
        assertThat(Programs.run("ip", "route", "get", host)).contains("dev ovbt9");
        assertThat(netlink.deleteRoute(one.interfaceIndex(), prefix)).isFalse();
        assertThat(netlink.deleteRoute(two.interfaceIndex(), prefix)).isTrue();
      }
      assertThat(netlink.routes()).isEmpty();
    }
  }

  @Test
  void the_cluster_prefix_is_unreachable_once_per_lane_and_a_host_route_wins() throws Exception {
    try (RouteNetlink netlink = RouteNetlink.open();
        TunDevice tun = up(netlink, "ovbt0")) {
      for (String network : new String[] {"10.213.0.0/16", "fd00:213::/64"}) {
        Prefix prefix = Prefix.parse(network);
        for (int i = 0; i < 2; i++) {
          netlink.replaceUnreachable(prefix, 4294967295L);
          netlink.replaceUnreachable(prefix, 4294967294L);
        }
        assertThat(netlink.routes())
            .filteredOn(Route::unreachable)
            .filteredOn(route -> route.destination().equals(prefix))
            .extracting(Route::metric)
            .containsExactlyInAnyOrder(4294967295L, 4294967294L);
        Prefix client = prefix.ipv4() ? CLIENT : CLIENT6;
        String address = client.toString().replaceAll("/.*", "");
        assertThatThrownBy(() -> Programs.run("ip", "route", "get", address));
        netlink.replaceRoute(tun.interfaceIndex(), client);
        assertThat(Programs.run("ip", "route", "get", address)).contains("dev ovbt0");
        assertThat(netlink.deleteUnreachable(prefix, 4294967294L)).isTrue();
        assertThat(netlink.deleteUnreachable(prefix, 4294967294L)).isFalse();
        assertThat(netlink.deleteUnreachable(prefix, 4294967295L)).isTrue();
      }
      assertThat(netlink.routes()).noneMatch(Route::unreachable).hasSize(2);
    }
  }

  @Test
  void routes_of_others_are_not_ours() throws Exception {
    try (RouteNetlink netlink = RouteNetlink.open();
        TunDevice tun = up(netlink, "ovbt0")) {
      Programs.run("ip", "route", "add", "10.213.9.0/24", "dev", tun.name());
      assertThat(netlink.routes()).isEmpty();
    }
  }

  @Test
  void settings_of_an_interface_are_set() throws Exception {
    try (RouteNetlink netlink = RouteNetlink.open();
        TunDevice tun = up(netlink, "ovbt0")) {
      Link link = netlink.links(tun.name()).getFirst();
      Path folder = Path.of("/proc/sys/net/ipv4/conf/ovbt0");
      for (int value : new int[] {1, 0}) {
        for (Ipv4Setting setting : Ipv4Setting.values()) {
          netlink.setIpv4(link, setting, value);
          assertThat(Files.readString(folder.resolve(setting.fileName)).strip())
              .as(setting.fileName)
              .isEqualTo(Integer.toString(value));
        }
      }
    }
  }

  @Test
  void a_link_is_deleted_by_name() {
    try (RouteNetlink netlink = RouteNetlink.open();
        TunDevice tun = up(netlink, "ovbt0")) {
      assertThat(netlink.deleteLink(tun.name())).isTrue();
      assertThat(netlink.deleteLink(tun.name())).isFalse();
    }
  }

  @Test
  void errors_say_what_was_asked() {
    try (RouteNetlink netlink = RouteNetlink.open()) {
      assertThatThrownBy(() -> netlink.setUp(4711, true))
          .isInstanceOf(LinuxException.class)
          .hasMessage("switch interface 4711 on: ENODEV (No such device)");
      assertThatThrownBy(() -> netlink.replaceRoute(4711, CLIENT))
          .hasMessageStartingWith("route 10.213.0.10/32 to interface 4711: ENODEV");
      try (TunDevice tun = TunDevice.open("ovbt0", TunDevice.Options.PLAIN)) {
        assertThatThrownBy(() -> netlink.setMtu(tun.interfaceIndex(), 67))
            .hasMessageContaining("EINVAL (Invalid argument): mtu less than device minimum");
      }
    }
  }

  @Test
  void a_route_is_replaced_within_a_millisecond() {
    try (RouteNetlink netlink = RouteNetlink.open();
        TunDevice tun = up(netlink, "ovbt0")) {
      long[] nanos = new long[500];
      for (int i = 0; i < nanos.length; i++) {
        long started = System.nanoTime();
        netlink.replaceHostRoute(tun.interfaceIndex(), 0, CLIENT.low() + i);
        nanos[i] = System.nanoTime() - started;
      }
      Arrays.sort(nanos);
      assertThat(nanos[nanos.length / 2]).isLessThan(1_000_000);
      assertThat(netlink.routes()).hasSize(nanos.length);
    }
  }
}

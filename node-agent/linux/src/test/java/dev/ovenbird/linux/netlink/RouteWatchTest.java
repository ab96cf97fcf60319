package dev.ovenbird.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.linux.PrivateNetwork;
import dev.ovenbird.linux.Programs;
import dev.ovenbird.linux.tun.TunDevice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PrivateNetwork.class)
class RouteWatchTest {
  private static final Prefix CLIENT = Prefix.parse("10.213.0.10");
  private static final Prefix CLIENT6 = Prefix.parse("fd00:213::10");

  private final List<String> seen = new ArrayList<>();

  private static TunDevice up(RouteNetlink netlink, String name) {
    TunDevice tun = TunDevice.open(name, TunDevice.Options.PLAIN);
    netlink.setUp(tun.interfaceIndex(), true);
    return tun;
  }

  private static String line(Prefix prefix, TunDevice by, boolean present) {
    return (present ? "+ " : "- ") + prefix + " by " + by.interfaceIndex();
  }

  /** What has been told; all of it. */
  private List<String> told(RouteWatch watch) {
    assertThat(read(watch)).as("nothing was lost").isTrue();
    return List.copyOf(seen);
  }

  private boolean read(RouteWatch watch) {
    seen.clear();
    return watch.read(
        (route, present) ->
            seen.add(
                (present ? "+ " : "- ") + route.destination() + " by " + route.interfaceIndex()));
  }

  @Test
  void who_took_a_host_route_is_told_in_order() {
    try (RouteNetlink netlink = RouteNetlink.open();
        RouteNetlink neighbour = RouteNetlink.open();
        TunDevice one = up(netlink, "ovbt0");
        TunDevice two = up(netlink, "ovbt1");
        RouteWatch watch = RouteWatch.open()) {
      assertThat(told(watch)).isEmpty();
      for (Prefix client : new Prefix[] {CLIENT, CLIENT6}) {
        netlink.replaceRoute(one.interfaceIndex(), client);
        neighbour.replaceRoute(two.interfaceIndex(), client);
        netlink.replaceRoute(one.interfaceIndex(), client);
        netlink.deleteRoute(one.interfaceIndex(), client);
        assertThat(told(watch))
            .containsExactly(
                line(client, one, true),
                line(client, two, true),
                line(client, one, true),
                line(client, one, false));
        assertThat(told(watch)).isEmpty();
      }
    }
  }

  @Test
  void routes_of_others_are_not_told() throws Exception {
    try (RouteNetlink netlink = RouteNetlink.open();
        TunDevice tun = up(netlink, "ovbt0");
        RouteWatch watch = RouteWatch.open()) {
      Programs.run("ip", "route", "add", "10.213.9.0/24", "dev", tun.name());
      Programs.run("ip", "route", "del", "10.213.9.0/24", "dev", tun.name());
      assertThat(told(watch)).isEmpty();
    }
  }

  @Test
  void what_was_lost_is_said_once_and_what_follows_is_told() {
    try (RouteNetlink netlink = RouteNetlink.open();
        TunDevice tun = up(netlink, "ovbt0");
        RouteWatch watch = RouteWatch.open(1)) {
      for (int i = 0; i < 200; i++) {
        netlink.replaceHostRoute(tun.interfaceIndex(), 0, CLIENT.low() + i);
      }
      assertThat(read(watch)).isFalse();
      assertThat(told(watch)).isEmpty();
      netlink.replaceRoute(tun.interfaceIndex(), CLIENT6);
      assertThat(told(watch)).containsExactly(line(CLIENT6, tun, true));
    }
  }
}

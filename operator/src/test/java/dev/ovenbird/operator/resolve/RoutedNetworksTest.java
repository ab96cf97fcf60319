package dev.ovenbird.operator.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.operator.address.Cidr;
import dev.ovenbird.operator.resolve.RoutedNetworks.Outcome;
import dev.ovenbird.operator.resolve.RoutedNetworks.Site;
import dev.ovenbird.operator.resolve.RoutedNetworks.Taken;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RoutedNetworksTest {
  private static final String FIRST = "2026-11-22T10:00:00Z";
  private static final String LATER = "2026-11-22T10:00:01Z";
  private static final List<Taken> NOTHING = List.of();

  private static Cidr cidr(String text) {
    return Objects.requireNonNull(Cidr.parse(text), text);
  }

  private static Site site(String name, String created, String... networks) {
    return new Site(name, created, Arrays.stream(networks).map(RoutedNetworksTest::cidr).toList());
  }

  @Test
  void what_nobody_else_has_is_routed_once_and_as_canonical_text() {
    Site paris = site("paris", FIRST, "192.168.50.0/24", "fd00:0050::/64", "192.168.50.0/24");
    Site rome = site("rome", FIRST, "192.168.51.0/24");
    assertThat(RoutedNetworks.of(paris, List.of(rome), NOTHING))
        .isEqualTo(new Outcome(List.of("192.168.50.0/24", "fd00:50::/64"), List.of()));
  }

  @Test
  void the_older_of_two_has_what_overlaps_and_the_younger_its_other_networks() {
    Site older = site("rome", FIRST, "192.168.0.0/16");
    Site younger = site("paris", LATER, "192.168.50.0/24", "10.1.0.0/16");
    assertThat(RoutedNetworks.of(older, List.of(younger), NOTHING).faults()).isEmpty();
    assertThat(RoutedNetworks.of(younger, List.of(older), NOTHING))
        .isEqualTo(
            new Outcome(
                List.of("10.1.0.0/16"),
                List.of(
                    "192.168.50.0/24 overlaps 192.168.0.0/16 of VpnClient rome, which is older;"
                        + " take it out of one of them")));
    assertThat(RoutedNetworks.of(younger, List.of(), NOTHING).routed()).hasSize(2);
  }

  @Test
  void of_two_made_in_one_second_the_first_by_name_counts_as_older() {
    Site paris = site("paris", FIRST, "192.168.50.0/24");
    Site rome = site("rome", FIRST, "192.168.50.0/24");
    assertThat(RoutedNetworks.of(paris, List.of(rome), NOTHING).routed()).hasSize(1);
    assertThat(RoutedNetworks.of(rome, List.of(paris), NOTHING).routed()).isEmpty();
  }

  @Test
  void the_tunnels_network_and_nodes_are_nobodys() {
    List<Taken> taken =
        List.of(
            new Taken(cidr("10.88.0.0/16"), "the network of VpnCluster office"),
            new Taken(cidr("192.168.1.7/32"), "the address of node n1"));
    Site paris = site("paris", FIRST, "10.0.0.0/8", "192.168.1.0/24", "192.168.2.0/24");
    assertThat(RoutedNetworks.of(paris, List.of(), taken))
        .isEqualTo(
            new Outcome(
                List.of("192.168.2.0/24"),
                List.of(
                    "10.0.0.0/8 overlaps 10.88.0.0/16, the network of VpnCluster office; leave it"
                        + " out",
                    "192.168.1.0/24 overlaps 192.168.1.7/32, the address of node n1; leave it"
                        + " out")));
  }

  @Test
  void default_routes_and_what_is_not_for_hosts_are_no_sites() {
    Site odd =
        site(
            "odd",
            FIRST,
            "0.0.0.0/0",
            "0.0.0.0/1",
            "::/0",
            "2000::/3",
            "127.0.0.0/8",
            "240.0.0.0/8");
    Outcome outcome = RoutedNetworks.of(odd, List.of(), NOTHING);
    assertThat(outcome.routed()).isEmpty();
    assertThat(outcome.faults()).hasSize(6).allMatch(fault -> fault.contains("; give "));
  }
}

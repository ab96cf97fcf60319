package dev.ovenbird.operator.issue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.resolve.Problem;
import dev.ovenbird.operator.resolve.ResolvedClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentitiesTest {
  private static final TunnelNetworks NETWORKS =
      TunnelNetworks.of(List.of("10.88.0.0/27", "fd00:88::/64"));

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void no_address_is_given_twice_and_none_is_taken_back(long seed) {
    Random random = new Random(seed);
    Map<String, IpAddress> held = new HashMap<>();
    TreeSet<String> names = new TreeSet<>();
    for (int step = 0; step < 400; step++) {
      if (random.nextInt(3) > 0 && names.size() < 29) {
        names.add("client-" + random.nextInt(60));
      } else if (!names.isEmpty()) {
        names.remove(new ArrayList<>(names).get(random.nextInt(names.size())));
      }
      List<Problem> problems = new ArrayList<>();
      Map<String, IpAddress> before = held;
      Map<String, IpAddress> claims =
          Identities.claim(NETWORKS, names.stream().map(this::client).toList(), held, problems);
      assertThat(problems).as("seed %d", seed).isEmpty();
      assertThat(claims.keySet()).isEqualTo(names);
      assertThat(new HashSet<>(claims.values())).hasSameSizeAs(claims.values());
      assertThat(claims)
          .allSatisfy(
              (name, address) -> {
                assertThat(NETWORKS.unusable(address)).isNull();
                assertThat(address).isEqualTo(before.getOrDefault(name, address));
              });
      held = claims;
    }
  }

  @Test
  void first_free_address_follows_the_gateway_and_ipv6_goes_with_it() {
    Map<String, IpAddress> claims =
        Identities.claim(NETWORKS, List.of(client("a")), Map.of(), new ArrayList<>());
    assertThat(NETWORKS.addresses(Objects.requireNonNull(claims.get("a"))))
        .containsExactly("10.88.0.2", "fd00:88::2");
  }

  @Test
  void claimed_address_cannot_be_chosen_by_another() {
    List<Problem> problems = new ArrayList<>();
    Identities.claim(
        NETWORKS,
        List.of(client("a"), chosen("b", "10.88.0.2")),
        Map.of("a", address("10.88.0.2")),
        problems);
    assertThat(problems)
        .extracting(problem -> problem.in("f"))
        .containsExactly(
            "f:7: spec.addresses: 10.88.0.2 has been given to VpnClient a; choose another, or give"
                + " a one of its own choice first");
  }

  @Test
  void address_that_was_chosen_is_kept_when_the_choice_is_taken_away() {
    assertThat(
            Identities.claim(
                NETWORKS,
                List.of(client("a")),
                Map.of("a", address("10.88.0.20")),
                new ArrayList<>()))
        .containsEntry("a", address("10.88.0.20"));
  }

  @Test
  void full_network_is_a_problem() {
    List<ResolvedClient> clients = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      clients.add(client("c" + i));
    }
    List<Problem> problems = new ArrayList<>();
    Identities.claim(NETWORKS, clients, Map.of(), problems);
    assertThat(problems).hasSize(1);
    assertThat(problems.getFirst().message()).contains("no address is left in 10.88.0.0/27");
  }

  private ResolvedClient client(String name) {
    return new ResolvedClient(name, false, null, null, List.of(), 7);
  }

  private static ResolvedClient chosen(String name, String address) {
    return new ResolvedClient(name, false, null, address(address), List.of(), 7);
  }

  private static IpAddress address(String text) {
    return Objects.requireNonNull(IpAddress.parse(text));
  }
}

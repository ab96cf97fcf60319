package dev.ovenbird.operator.issue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.issue.AddressClaims.Decision;
import dev.ovenbird.operator.issue.AddressClaims.Known;
import dev.ovenbird.operator.issue.AddressClaims.Request;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One decision, with all that it is made from given. */
class AddressClaimsTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private static final Duration HOLD = Duration.ofHours(1);
  private static final TunnelNetworks EIGHT = TunnelNetworks.of(List.of("10.0.0.0/29"));

  private final SortedMap<Integer, Claim> claims = new TreeMap<>();
  private boolean isFenced = true;

  private Decision decide(Request... requests) {
    return decide(EIGHT, requests);
  }

  private Decision decide(TunnelNetworks networks, Request... requests) {
    return AddressClaims.decide(
        new Known(networks, claims, Set.of(), Set.of(), (number, claim) -> isFenced, NOW, HOLD),
        List.of(requests));
  }

  private static Request request(String name, @Nullable String wanted) {
    return new Request(name, "vpn/" + name, wanted == null ? null : IpAddress.parse(wanted), NOW);
  }

  private static @Nullable String granted(Decision decision, String uid) {
    IpAddress address = decision.granted().get(uid);
    return address == null ? null : address.toString();
  }

  @Test
  void every_host_is_given_but_neither_network_gateway_nor_broadcast() {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      requests.add(request("c" + i, null));
    }
    Decision decision = decide(requests.toArray(Request[]::new));
    assertThat(decision.granted().values())
        .extracting(IpAddress::toString)
        .containsExactlyInAnyOrder("10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6");
    assertThat(decision.claims().keySet()).containsExactly(2, 3, 4, 5, 6);
    assertThat(decision.refused()).hasSize(4);
    assertThat(decision.refused().values())
        .allMatch(one -> one.reason().equals(AddressClaims.EXHAUSTED));
  }

  @Test
  void what_is_held_is_refused_with_its_holders_name() {
    claims.put(3, new Claim("alice", "vpn/alice", null));
    Decision decision = decide(request("bob", "10.0.0.3"));
    assertThat(granted(decision, "bob")).isNull();
    assertThat(Objects.requireNonNull(decision.refused().get("bob")).message())
        .contains("10.0.0.3", "vpn/alice");
    assertThat(decision.claims()).isEqualTo(claims);
  }

  @Test
  void of_two_that_name_one_address_the_older_gets_it() {
    Request older = new Request("z", "vpn/z", IpAddress.parse("10.0.0.4"), NOW.minusSeconds(1));
    Decision decision = decide(request("a", "10.0.0.4"), older);
    assertThat(granted(decision, "z")).isEqualTo("10.0.0.4");
    assertThat(decision.refused()).containsOnlyKeys("a");
  }

  @Test
  void released_address_waits_for_its_name_as_long_as_another_is_free() {
    claims.put(2, new Claim("gone", "vpn/gone", NOW.minus(HOLD).plusSeconds(1)));
    assertThat(granted(decide(request("new", null)), "new")).isEqualTo("10.0.0.3");
    assertThat(granted(decide(request("gone", null)), "gone")).isEqualTo("10.0.0.2");
    for (int i = 3; i <= 6; i++) {
      claims.put(i, new Claim("c" + i, "vpn/c" + i, null));
    }
    assertThat(granted(decide(request("new", null)), "new")).as("the last").isEqualTo("10.0.0.2");
  }

  @Test
  void released_address_is_held_back_even_if_a_new_block_has_to_be_opened() {
    TunnelNetworks two = TunnelNetworks.of(List.of("10.0.0.0/21"));
    for (int i = 2; i < AddressClaims.BLOCK; i++) {
      claims.put(i, new Claim("c" + i, "vpn/c" + i, null));
    }
    claims.put(5, new Claim("gone", "vpn/gone", NOW.minus(HOLD).plusSeconds(1)));
    assertThat(granted(decide(two, request("new", null)), "new")).isEqualTo("10.0.4.0");
    claims.put(5, new Claim("gone", "vpn/gone", NOW.minus(HOLD)));
    assertThat(granted(decide(two, request("new", null)), "new")).isEqualTo("10.0.0.5");
  }

  @Test
  void released_address_that_a_roster_may_still_list_is_nobodys_yet() {
    isFenced = false;
    claims.put(2, new Claim("gone", "vpn/gone", NOW.minus(HOLD).minus(HOLD)));
    for (Request request :
        List.of(request("bob", "10.0.0.2"), new Request("again", "vpn/gone", null, NOW))) {
      Decision decision = decide(request);
      assertThat(decision.granted()).isEmpty();
      assertThat(decision.refused()).isEmpty();
      assertThat(decision.awaited()).containsOnlyKeys(2);
      assertThat(decision.claims()).isEqualTo(claims);
    }
  }

  @Test
  void claim_that_nobody_can_read_is_held() {
    claims.put(2, Claim.parse("some text of somebody"));
    assertThat(granted(decide(request("new", null)), "new")).isEqualTo("10.0.0.3");
    assertThat(decide(request("bob", "10.0.0.2")).refused()).containsOnlyKeys("bob");
  }

  @Test
  void same_inputs_give_the_same_decision() {
    claims.put(5, new Claim("x", "vpn/x", NOW.minusSeconds(9)));
    Request[] requests = {request("a", null), request("b", "10.0.0.2"), request("c", null)};
    Request[] shuffled = {requests[2], requests[0], requests[1]};
    assertThat(decide(shuffled).granted()).isEqualTo(Map.copyOf(decide(requests).granted()));
  }
}

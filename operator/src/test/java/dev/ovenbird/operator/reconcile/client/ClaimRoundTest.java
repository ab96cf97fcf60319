package dev.ovenbird.operator.reconcile.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.issue.AddressClaims.Request;
import dev.ovenbird.operator.reconcile.client.ClaimWorld.Client;
import dev.ovenbird.operator.reconcile.client.ClaimWorld.Stored;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** One round, with nobody in between or somebody at a known place. */
class ClaimRoundTest {
  private static final TunnelNetworks NETWORKS = TunnelNetworks.of(List.of("10.0.0.0/28"));
  private static final IpAddress TWO = Objects.requireNonNull(IpAddress.parse("10.0.0.2"));

  private final ClaimWorld world = new ClaimWorld(NETWORKS, new Random(1));

  private ClaimRound.Outcome run(Runnable pause, String... waiting) {
    List<Request> requests =
        List.of(waiting).stream().map(world.clients::get).map(ClaimWorld::request).toList();
    return new ClaimRound(world.new Store(pause, Set.of()), NETWORKS, Duration.ofHours(1))
        .run(requests, Set.of(), world.time());
  }

  private String holder(int number) {
    Stored block = Objects.requireNonNull(world.objects.get(0));
    return Objects.requireNonNull(block.claims().get(number)).uid();
  }

  @Test
  void lost_claims_of_clients_that_nobody_asks_for_are_there_again_before_anybody_gets_one() {
    world.create("alice", TWO);
    world.now++;
    world.create("zoe", TWO);
    world.create("bob", null);
    ClaimRound.Outcome outcome = run(() -> {}, "bob");
    Client alice = Objects.requireNonNull(world.clients.get("alice"));
    Client bob = Objects.requireNonNull(world.clients.get("bob"));
    assertThat(holder(2)).as("the older of two keeps it").isEqualTo(alice.uid());
    assertThat(outcome.granted().get(bob.uid())).isNotEqualTo(TWO);
  }

  @Test
  void lost_claims_of_clients_that_a_roster_still_lists_count_as_just_released() {
    world.create("gone", TWO);
    Client gone = Objects.requireNonNull(world.clients.get("gone"));
    int shard = ClaimWorld.shardKey(gone.uid());
    world.write(shard, 0, new Stored(0, new TreeMap<>(), Map.of(gone.uid(), TWO)));
    world.delete("gone");
    world.create("bob", TWO);
    Client bob = Objects.requireNonNull(world.clients.get("bob"));
    assertThat(run(() -> {}, "bob").granted()).as("listed for another").isEmpty();
    world.write(
        shard,
        Objects.requireNonNull(world.objects.get(shard)).version(),
        new Stored(0, new TreeMap<>(), Map.of()));
    assertThat(run(() -> {}, "bob").granted()).containsEntry(bob.uid(), TWO);
  }

  @Test
  void a_block_that_somebody_wrote_in_between_is_decided_anew() {
    world.create("alice", null);
    world.create("bob", null);
    int[] pauses = {0};
    ClaimRound.Outcome alices =
        run(
            () -> {
              // After it has read, before it writes: the other operator is faster.
              if (pauses[0]++ == 1) {
                run(() -> {}, "bob");
              }
            },
            "alice");
    Client alice = Objects.requireNonNull(world.clients.get("alice"));
    Client bob = Objects.requireNonNull(world.clients.get("bob"));
    IpAddress granted = Objects.requireNonNull(alices.granted().get(alice.uid()));
    assertThat(holder(2)).isEqualTo(bob.uid());
    assertThat(holder(3)).isEqualTo(alice.uid());
    assertThat(granted).hasToString("10.0.0.3");
  }
}

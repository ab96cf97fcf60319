package dev.ovenbird.operator.reconcile.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.issue.AddressClaims;
import dev.ovenbird.operator.issue.AddressClaims.Request;
import dev.ovenbird.operator.issue.Claim;
import dev.ovenbird.operator.reconcile.client.ClaimWorld.Client;
import dev.ovenbird.operator.reconcile.client.ClaimWorld.Crash;
import dev.ovenbird.operator.reconcile.client.ClaimWorld.Stored;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two operators that both think they lead, with caches of any age, interrupted and killed between
 * any two accesses, while people create, delete, recreate and choose: no roster ever has an address
 * twice, and in the end everybody has one.
 */
class ClaimPropertyTest {
  private static final int STEPS = 120;
  private static final Duration HOLD = Duration.ofSeconds(20);

  static Stream<Long> seeds() {
    Long given = Long.getLong("claims.seed");
    return given != null ? Stream.of(given) : Stream.iterate(1L, seed -> seed + 1).limit(400);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void no_two_clients_are_ever_listed_with_one_address_and_all_get_one_in_the_end(long seed) {
    Random random = new Random(seed);
    // Small, so that it is often full.
    TunnelNetworks networks =
        TunnelNetworks.of(List.of(seed % 2 == 0 ? "10.0.0.0/28" : "10.0.0.0/29"));
    Run run = new Run(new ClaimWorld(networks, random), random);
    try {
      for (int step = 0; step < STEPS; step++) {
        run.step(0);
      }
      run.settle();
    } catch (AssertionError e) {
      throw new AssertionError("-Dclaims.seed=" + seed + ": " + e.getMessage(), e);
    }
  }

  private static final class Run {
    final ClaimWorld world;
    final Random random;
    final List<Operator> operators = new ArrayList<>();
    boolean isCalm;

    Run(ClaimWorld world, Random random) {
      this.world = world;
      this.random = random;
      operators.add(new Operator(this));
      operators.add(new Operator(this));
    }

    /** One thing that happens, in the middle of another if depth is above 0. */
    void step(int depth) {
      int what = random.nextInt(depth == 0 ? 10 : 14);
      world.now++;
      if (what < 2) {
        world.create("client-" + random.nextInt(12), random.nextInt(4) == 0 ? any() : null);
      } else if (what < 3) {
        world.delete("client-" + random.nextInt(12));
      } else if (what < 4) {
        world.name("client-" + random.nextInt(12), random.nextInt(3) == 0 ? null : any());
      } else if (what < 5 && random.nextInt(6) == 0) {
        world.lose(random.nextBoolean());
      } else if (depth < 2) {
        Operator operator = operators.get(random.nextInt(2));
        if (!operator.isBusy) {
          operator.act(depth);
        }
      }
    }

    IpAddress any() {
      int last = AddressClaims.number(world.networks, world.networks.lastHost());
      return AddressClaims.address(world.networks, 2 + random.nextInt(last - 1));
    }

    void settle() {
      isCalm = true;
      for (int i = 0; i < 60; i++) {
        world.now += 5;
        for (Operator operator : operators) {
          operator.seen = world.history.size() - 1;
          operator.seenClients = world.clientHistory.size() - 1;
          operator.claim();
          operator.seen = world.history.size() - 1;
          operator.seenClients = world.clientHistory.size() - 1;
          operator.render();
        }
      }
      Map<IpAddress, String> holders = new HashMap<>();
      Map<String, IpAddress> listed = new HashMap<>();
      world.objects.values().forEach(object -> listed.putAll(object.roster()));
      int free =
          AddressClaims.number(world.networks, world.networks.lastHost()) - 1 - listed.size();
      for (Client client : world.clients.values()) {
        IpAddress address = listed.get(client.uid());
        if (address == null) {
          boolean isTaken = client.address() != null && listed.containsValue(client.address());
          boolean isNamed =
              world.clients.values().stream()
                      .filter(other -> other.address() != null)
                      .map(Client::address)
                      .distinct()
                      .count()
                  >= listed.size() + free;
          assertThat(isTaken || free == 0 || isNamed)
              .as("%s has no address, %d free, listed %s", client, free, listed)
              .isTrue();
        } else {
          assertThat(address).isEqualTo(client.address());
          assertThat(holders.put(address, client.uid())).isNull();
        }
      }
      assertThat(listed.keySet())
          .isSubsetOf(world.clients.values().stream().map(Client::uid).toList());
    }
  }

  private static final class Operator {
    final Run run;
    int seen;
    int seenClients;
    boolean isBusy;
    ClaimRound round;
    private final Set<String> known = new HashSet<>();
    private final Set<String> gone = new HashSet<>();
    private int depth;

    Operator(Run run) {
      this.run = run;
      round = newRound();
    }

    private ClaimRound newRound() {
      return new ClaimRound(run.world.new Store(this::pause, Set.of()), run.world.networks, HOLD);
    }

    void act(int at) {
      int before = depth;
      depth = at + 1;
      isBusy = true;
      try {
        catchUp();
        if (run.random.nextBoolean()) {
          claim();
        } else {
          render();
        }
      } catch (Crash e) {
        round = newRound();
        known.clear();
        gone.clear();
      } finally {
        isBusy = false;
        depth = before;
      }
    }

    private void pause() {
      if (run.isCalm) {
        return;
      }
      if (run.random.nextInt(25) == 0) {
        throw new Crash();
      }
      for (int i = run.random.nextInt(3); i > 0; i--) {
        run.step(depth);
      }
    }

    /** Watches deliver in order, each kind when it likes. */
    void catchUp() {
      seen += run.random.nextInt(run.world.history.size() - seen);
      seenClients += run.random.nextInt(run.world.clientHistory.size() - seenClients);
    }

    void claim() {
      Map<String, Client> cached = run.world.clientHistory.get(seenClients);
      Set<String> present = new HashSet<>();
      cached.values().forEach(client -> present.add(client.uid()));
      for (String uid : known) {
        if (!present.contains(uid)) {
          gone.add(uid);
        }
      }
      known.clear();
      known.addAll(present);
      TreeMap<Integer, Claim> claims = claims();
      for (Claim claim : claims.values()) {
        // The audit: a cache may lag, so the client itself is asked.
        if (claim.isHeld() && !present.contains(claim.uid())) {
          Client live = run.world.clients.get(claim.client());
          if (live == null || !live.uid().equals(claim.uid())) {
            gone.add(claim.uid());
          }
        }
      }
      List<Request> requests = new ArrayList<>();
      for (Client client : cached.values()) {
        IpAddress address = client.address();
        Claim claim =
            address == null ? null : claims.get(AddressClaims.number(run.world.networks, address));
        if (claim == null || !claim.isHeld() || !claim.uid().equals(client.uid())) {
          requests.add(ClaimWorld.request(client));
        }
      }
      int began = run.world.history.size() - 1;
      ClaimRound.Outcome outcome = round.run(requests, Set.copyOf(gone), run.world.time());
      outcome
          .granted()
          .forEach(
              (uid, address) ->
                  assertThat(run.world.wasClaimed(uid, address, began))
                      .as("%s was granted %s and has no claim on it", uid, address)
                      .isTrue());
      for (Client client : cached.values()) {
        IpAddress granted = outcome.granted().get(client.uid());
        if (granted != null && client.address() == null) {
          pause();
          run.world.patch(client, granted);
        }
      }
      if (outcome.isComplete()) {
        gone.clear();
      }
    }

    private TreeMap<Integer, Claim> claims() {
      TreeMap<Integer, Claim> claims = new TreeMap<>();
      run.world.history.get(seen).forEach((index, object) -> claims.putAll(object.claims()));
      return claims;
    }

    /** As RosterWriter does: the version first, then the claims; both from one watch. */
    void render() {
      Map<String, Client> cached = run.world.clientHistory.get(seenClients);
      TreeMap<Integer, Claim> claims = claims();
      for (int shard = -ClaimWorld.SHARDS; shard < 0; shard++) {
        int key = shard;
        Stored before = run.world.history.get(seen).get(key);
        Map<String, IpAddress> next = new TreeMap<>();
        for (Client client : cached.values()) {
          IpAddress address = client.address();
          if (address == null || ClaimWorld.shardKey(client.uid()) != key) {
            continue;
          }
          Claim claim = claims.get(AddressClaims.number(run.world.networks, address));
          if (claim != null && claim.isHeld() && claim.uid().equals(client.uid())) {
            next.put(client.uid(), address);
          }
        }
        if (before == null ? !next.isEmpty() : !before.roster().equals(next)) {
          pause();
          run.world.write(
              key, before == null ? 0 : before.version(), new Stored(0, new TreeMap<>(), next));
        }
      }
    }
  }
}

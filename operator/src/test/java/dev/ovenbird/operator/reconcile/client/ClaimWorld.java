package dev.ovenbird.operator.reconcile.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.issue.AddressClaims;
import dev.ovenbird.operator.issue.AddressClaims.Request;
import dev.ovenbird.operator.issue.Claim;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an API server would hold: clients, claims, roster shards; and what watches have delivered of
 * it. Every access may be where another operator goes on, or where this one dies.
 */
final class ClaimWorld {
  static final int SHARDS = 2;

  final TunnelNetworks networks;
  final Random random;
  final Map<String, Client> clients = new TreeMap<>();
  final TreeMap<Integer, Stored> objects = new TreeMap<>();
  final List<TreeMap<Integer, Stored>> history = new ArrayList<>();
  final List<Map<String, Client>> clientHistory = new ArrayList<>();
  long now;
  private int created;

  /** A VpnClient; version changes with each write. */
  record Client(
      String uid, String name, @Nullable IpAddress address, Instant created, int version) {}

  /** A claims block (index ≥ 0) or roster shard (index below 0): claims or UID → address. */
  record Stored(long version, SortedMap<Integer, Claim> claims, Map<String, IpAddress> roster) {}

  /** Thrown where an operator dies. */
  static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  ClaimWorld(TunnelNetworks networks, Random random) {
    this.networks = networks;
    this.random = random;
    changed();
  }

  Instant time() {
    return Instant.ofEpochSecond(1_000_000 + now);
  }

  private void changed() {
    history.add(new TreeMap<>(objects));
    clientHistory.add(new HashMap<>(clients));
  }

  void create(String name, @Nullable IpAddress address) {
    if (!clients.containsKey(name)) {
      UUID uid = new UUID(random.nextLong(), ++created);
      clients.put(name, new Client(uid.toString(), name, address, time(), 1));
      changed();
    }
  }

  void delete(String name) {
    if (clients.remove(name) != null) {
      changed();
    }
  }

  void name(String name, @Nullable IpAddress address) {
    clients.computeIfPresent(
        name,
        (any, client) ->
            new Client(client.uid(), name, address, client.created(), client.version() + 1));
    changed();
  }

  /** Writes the address if the client is still of that version. */
  boolean patch(Client seen, IpAddress address) {
    Client client = clients.get(seen.name());
    if (client == null || client.version() != seen.version() || !client.uid().equals(seen.uid())) {
      return false;
    }
    name(seen.name(), address);
    return true;
  }

  /** Somebody deletes all claims, perhaps with the rosters. */
  void lose(boolean rostersToo) {
    objects.keySet().removeIf(index -> index >= 0 || rostersToo);
    changed();
  }

  boolean write(int index, long version, Stored next) {
    Stored before = objects.get(index);
    if ((before == null ? 0 : before.version()) != version) {
      return false;
    }
    objects.put(index, new Stored(history.size() + 1L, next.claims(), next.roster()));
    changed();
    checkRosters();
    return true;
  }

  /** Whether there was such a claim at any time since that moment of history. */
  boolean wasClaimed(String uid, IpAddress address, int since) {
    int number = AddressClaims.number(networks, address);
    return history.subList(since, history.size()).stream()
        .flatMap(moment -> moment.values().stream())
        .map(object -> object.claims().get(number))
        .anyMatch(claim -> claim != null && claim.isHeld() && claim.uid().equals(uid));
  }

  static int shardKey(String uid) {
    return -1 - Math.floorMod(uid.hashCode(), SHARDS);
  }

  /** The invariant: never two clients in the rosters with one address. */
  private void checkRosters() {
    Map<IpAddress, String> holders = new HashMap<>();
    objects.forEach(
        (index, object) ->
            object
                .roster()
                .forEach(
                    (uid, address) ->
                        assertThat(holders.put(address, uid)).as("%s twice", address).isNull()));
  }

  /** One operator's store; each call first lets {@code pause} decide what happens meanwhile. */
  final class Store implements ClaimStore {
    private final Runnable pause;
    private final Set<Integer> named;

    Store(Runnable pause, Set<Integer> named) {
      this.pause = pause;
      this.named = named;
    }

    @Override
    public Map<Integer, Block> read() {
      pause.run();
      Map<Integer, Block> blocks = new TreeMap<>();
      objects.forEach(
          (index, object) -> {
            if (index >= 0) {
              blocks.put(index, new Block(index, Long.toString(object.version()), object.claims()));
            }
          });
      return blocks;
    }

    @Override
    public boolean write(Block block) {
      pause.run();
      boolean done =
          ClaimWorld.this.write(
              block.index(),
              block.version() == null ? 0 : Long.parseLong(block.version()),
              new Stored(0, block.claims(), Map.of()));
      pause.run();
      return done;
    }

    @Override
    public @Nullable Request client(String name) {
      pause.run();
      Client client = clients.get(name);
      return client == null ? null : request(client);
    }

    @Override
    public Map<String, Request> clients() {
      pause.run();
      Map<String, Request> requests = new HashMap<>();
      for (Client client : clients.values()) {
        if (client.address() != null) {
          requests.put(client.uid(), request(client));
        }
      }
      return requests;
    }

    @Override
    public Set<Integer> named() {
      return new HashSet<>(named);
    }

    @Override
    public Map<Integer, Claim> fence(Map<Integer, Claim> released) {
      Map<Integer, Claim> fenced = new HashMap<>();
      released.forEach(
          (number, claim) -> {
            pause.run();
            int key = shardKey(claim.uid());
            Stored shard = objects.get(key);
            Map<String, IpAddress> listed = shard == null ? Map.of() : shard.roster();
            IpAddress address = AddressClaims.address(networks, number);
            if (address.equals(listed.get(claim.uid()))) {
              return;
            }
            pause.run();
            if (ClaimWorld.this.write(
                key, shard == null ? 0 : shard.version(), new Stored(0, new TreeMap<>(), listed))) {
              fenced.put(number, claim);
            }
          });
      return fenced;
    }

    @Override
    public @Nullable Map<Integer, Claim> fenceAll() {
      Map<Integer, Claim> listed = new HashMap<>();
      for (int key = -SHARDS; key < 0; key++) {
        pause.run();
        Stored shard = objects.get(key);
        Map<String, IpAddress> entries = shard == null ? Map.of() : shard.roster();
        entries.forEach(
            (uid, address) ->
                listed.put(
                    AddressClaims.number(networks, address), new Claim(uid, "listed", null)));
        pause.run();
        if (!ClaimWorld.this.write(
            key, shard == null ? 0 : shard.version(), new Stored(0, new TreeMap<>(), entries))) {
          return null;
        }
      }
      return listed;
    }
  }

  static Request request(Client client) {
    return new Request(client.uid(), client.name(), client.address(), client.created());
  }
}

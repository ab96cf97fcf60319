package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.issue.AddressClaims;
import dev.ovenbird.operator.issue.AddressClaims.Decision;
import dev.ovenbird.operator.issue.AddressClaims.Known;
import dev.ovenbird.operator.issue.AddressClaims.Refusal;
import dev.ovenbird.operator.issue.AddressClaims.Request;
import dev.ovenbird.operator.issue.Claim;
import dev.ovenbird.operator.reconcile.client.ClaimStore.Block;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Claims addresses for all clients that wait, in one write for each block of addresses.
 *
 * <p>The blocks are read first and the clients after them: a block that can then be written has not
 * changed since, so what the clients said is not older than the claims. Somebody else's write in
 * between means that all is read again.
 */
final class ClaimRound {
  private static final int ATTEMPTS = 5;

  /** From so many on, one list costs less than asking for each. */
  private static final int LIST_FROM = 50;

  private final ClaimStore store;
  private final TunnelNetworks networks;
  private final Duration hold;
  private final Map<Integer, Claim> fenced = new HashMap<>();

  /**
   * What a round brought. Who is in neither map has to ask again.
   *
   * @param granted by client UID; written
   * @param refused by client UID
   * @param isComplete whether all that was decided is written
   */
  record Outcome(
      Map<String, IpAddress> granted, Map<String, Refusal> refused, boolean isComplete) {}

  ClaimRound(ClaimStore store, TunnelNetworks networks, Duration hold) {
    this.store = store;
    this.networks = networks;
    this.hold = hold;
  }

  /**
   * Runs one round.
   *
   * @param gone UIDs of clients that were deleted
   */
  Outcome run(Collection<Request> waiting, Set<String> gone, Instant now) {
    Map<String, Request> open = new HashMap<>();
    waiting.forEach(request -> open.put(request.uid(), request));
    Outcome outcome = new Outcome(new HashMap<>(), new HashMap<>(), false);
    for (int i = 0; i < ATTEMPTS; i++) {
      if (attempt(open, gone, now, outcome)) {
        return new Outcome(outcome.granted(), outcome.refused(), true);
      }
    }
    return outcome;
  }

  private boolean attempt(
      Map<String, Request> open, Set<String> gone, Instant now, Outcome outcome) {
    Map<Integer, Block> blocks = store.read();
    TreeMap<Integer, Claim> written = new TreeMap<>();
    blocks.values().forEach(block -> written.putAll(block.claims()));
    TreeMap<Integer, Claim> claims = new TreeMap<>(written);
    fenced.clear(); // It holds as long as these blocks do.
    Set<String> left = new HashSet<>(gone);
    Map<String, Request> requests = current(open, claims, left);
    Set<Integer> named = new TreeSet<>(store.named());

    Decision decision = decide(claims, requests, left, named, now);
    Set<Integer> added = opened(decision, blocks);
    if (!added.isEmpty()) {
      // Claims may have been lost: whoever has an address of a new block goes into it at once, and
      // who is still listed with one counts as just released.
      Map<Integer, Claim> listed = store.fenceAll();
      if (listed == null) {
        return false;
      }
      for (Request request : store.clients().values()) {
        int wanted = AddressClaims.number(networks, Objects.requireNonNull(request.wanted()));
        named.add(wanted);
        if (added.contains(block(wanted)) && !left.contains(request.uid())) {
          requests.put(request.uid(), request);
        }
      }
      listed.forEach(
          (number, claim) -> {
            if (added.contains(block(number))) {
              claims.put(number, new Claim(claim.uid(), claim.client(), now));
            }
          });
      decision = decide(claims, requests, left, named, now);
    }
    TreeMap<Integer, Claim> awaited = new TreeMap<>(decision.awaited());
    // Only what is written as released can be fenced; what this round releases is for the next.
    awaited.entrySet().removeIf(entry -> !entry.getValue().equals(written.get(entry.getKey())));
    if (!awaited.isEmpty()) {
      fenced.putAll(store.fence(awaited));
      decision = decide(claims, requests, left, named, now);
    }
    return write(decision, blocks, open, outcome);
  }

  private Decision decide(
      SortedMap<Integer, Claim> claims,
      Map<String, Request> requests,
      Set<String> gone,
      Set<Integer> named,
      Instant now) {
    return AddressClaims.decide(
        new Known(
            networks,
            claims,
            gone,
            named,
            (number, claim) -> claim.equals(fenced.get(number)),
            now,
            hold),
        requests.values());
  }

  /**
   * The requests as they are now: whoever names an address, or has two claims, is asked again. A
   * client without an address needs no look: its address is written under the precondition that it
   * has none.
   */
  private Map<String, Request> current(
      Map<String, Request> open, SortedMap<Integer, Claim> claims, Set<String> gone) {
    Map<String, Claim> seen = new HashMap<>();
    Map<String, String> toAsk = new HashMap<>();
    for (Claim claim : claims.values()) {
      if (claim.isHeld() && seen.put(claim.uid(), claim) != null) {
        toAsk.put(claim.uid(), claim.client());
      }
    }
    Map<String, Request> requests = new HashMap<>();
    for (Request request : open.values()) {
      if (request.wanted() != null) {
        toAsk.put(request.uid(), request.client());
      } else {
        requests.put(request.uid(), request);
      }
    }
    toAsk.keySet().removeAll(gone);
    Map<String, Request> all = toAsk.size() < LIST_FROM ? Map.of() : store.clients();
    for (Map.Entry<String, String> client : toAsk.entrySet()) {
      Request request = all.get(client.getKey());
      if (request == null) {
        request = store.client(client.getValue());
      }
      if (request != null && request.uid().equals(client.getKey())) {
        requests.put(request.uid(), request);
      } else {
        requests.remove(client.getKey());
        gone.add(client.getKey());
      }
    }
    return requests;
  }

  private static Set<Integer> opened(Decision decision, Map<Integer, Block> blocks) {
    Set<Integer> opened = new HashSet<>();
    for (int number : decision.claims().keySet()) {
      if (!blocks.containsKey(block(number))) {
        opened.add(block(number));
      }
    }
    return opened;
  }

  private boolean write(
      Decision decision, Map<Integer, Block> blocks, Map<String, Request> open, Outcome outcome) {
    Map<Integer, TreeMap<Integer, Claim>> next = new TreeMap<>();
    decision
        .claims()
        .forEach(
            (number, claim) ->
                next.computeIfAbsent(block(number), any -> new TreeMap<>()).put(number, claim));
    List<Integer> lost = new ArrayList<>();
    next.forEach(
        (index, claims) -> {
          Block before = blocks.get(index);
          boolean same = before != null && before.claims().equals(claims);
          String version = before == null ? null : before.version();
          if (!same && !store.write(new Block(index, version, claims))) {
            lost.add(index);
          }
        });
    decision
        .granted()
        .forEach(
            (uid, address) -> {
              if (!lost.contains(block(AddressClaims.number(networks, address)))) {
                outcome.granted().put(uid, address);
                open.remove(uid);
              }
            });
    if (lost.isEmpty()) {
      outcome.refused().putAll(decision.refused());
      return true;
    }
    return false;
  }

  private static int block(int number) {
    return number / AddressClaims.BLOCK;
  }
}

package dev.ovenbird.operator.issue;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides which client gets which IPv4 address: the one that a person chose, else the one it has,
 * else the one that a client of its name had, else a free one. What is held is never given to
 * another. Addresses are numbers from the network's own address on, which is 0.
 */
public final class AddressClaims {
  /** Addresses in one object; it is read and written as a whole. */
  public static final int BLOCK = 1024;

  /** Reason: the address is another client's. */
  public static final String TAKEN = "AddressTaken";

  /** Reason: the network has no address left. */
  public static final String EXHAUSTED = "AddressesExhausted";

  /**
   * What is known of a network's addresses.
   *
   * @param claims by number
   * @param gone UIDs of clients that are no more
   * @param named numbers that clients' specs name; nobody gets one of them unasked
   * @param readyForOthers whether a released claim's client is in no roster any more
   * @param hold how long a released address waits for a client of the same name
   */
  public record Known(
      TunnelNetworks networks,
      SortedMap<Integer, Claim> claims,
      Set<String> gone,
      Set<Integer> named,
      ReadyForOthers readyForOthers,
      Instant now,
      Duration hold) {}

  /** See {@link Known}. */
  public interface ReadyForOthers {
    boolean test(int number, Claim released);
  }

  /**
   * A client that needs its address granted.
   *
   * @param wanted what its spec names; null if it takes any
   * @param created who is older goes first, then by UID
   */
  public record Request(String uid, String client, @Nullable IpAddress wanted, Instant created) {}

  /** Why a client gets no address, in words that say what to do. */
  public record Refusal(String reason, String message) {}

  /**
   * What was decided. Requests that are in neither map wait for a release to be in the rosters.
   *
   * @param claims all of them, as they should be
   * @param granted by client UID
   * @param refused by client UID
   * @param awaited released claims that somebody waits for, by number
   */
  public record Decision(
      SortedMap<Integer, Claim> claims,
      Map<String, IpAddress> granted,
      Map<String, Refusal> refused,
      SortedMap<Integer, Claim> awaited) {}

  private final Known known;
  private final TreeMap<Integer, Claim> claims;
  private final Map<String, List<Integer>> heldBy = new HashMap<>();
  private final Map<String, Integer> lastOfName = new HashMap<>();
  private final Map<String, IpAddress> granted = new HashMap<>();
  private final Map<String, Refusal> refused = new HashMap<>();
  private final SortedMap<Integer, Claim> awaited = new TreeMap<>();
  private final int first;
  private final int last;
  private int nextInBlocks;
  private int nextAnywhere;
  private @Nullable List<Integer> released;

  private AddressClaims(Known known) {
    this.known = known;
    claims = new TreeMap<>(known.claims());
    first = number(known.networks(), known.networks().firstHost());
    last = number(known.networks(), known.networks().lastHost());
    nextInBlocks = first;
    nextAnywhere = first;
  }

  /** The same inputs give the same decision. */
  public static Decision decide(Known known, Collection<Request> requests) {
    return new AddressClaims(known).decide(requests);
  }

  public static int number(TunnelNetworks networks, IpAddress ipv4) {
    return ipv4.value().subtract(networks.ipv4().network().value()).intValueExact();
  }

  public static IpAddress address(TunnelNetworks networks, int number) {
    return networks.ipv4().network().plus(BigInteger.valueOf(number));
  }

  private Decision decide(Collection<Request> requests) {
    releaseGone();
    claims.forEach(
        (number, claim) -> {
          if (claim.isHeld()) {
            heldBy.computeIfAbsent(claim.uid(), any -> new ArrayList<>()).add(number);
          } else {
            lastOfName.merge(claim.client(), number, this::later);
          }
        });
    List<Request> order = new ArrayList<>(requests);
    order.sort(Comparator.comparing(Request::created).thenComparing(Request::uid));
    // First all that leave, so that two clients may swap.
    for (Request request : order) {
      leaveOthers(request);
    }
    for (Request request : order) {
      if (request.wanted() != null) {
        grantWanted(request, request.wanted());
      }
    }
    for (Request request : order) {
      if (request.wanted() == null) {
        grantAny(request);
      }
    }
    return new Decision(claims, granted, refused, awaited);
  }

  private void releaseGone() {
    for (Map.Entry<Integer, Claim> entry : claims.entrySet()) {
      if (entry.getValue().isHeld() && known.gone().contains(entry.getValue().uid())) {
        entry.setValue(entry.getValue().release(known.now()));
      }
    }
  }

  private int later(int one, int other) {
    return released(one).isAfter(released(other)) ? one : other;
  }

  private Instant released(int number) {
    Claim claim = claims.get(number);
    return claim == null || claim.released() == null ? Instant.MAX : claim.released();
  }

  private void leaveOthers(Request request) {
    List<Integer> held = heldBy.get(request.uid());
    if (request.wanted() == null || held == null) {
      return;
    }
    int wanted = number(known.networks(), request.wanted());
    for (int number : List.copyOf(held)) {
      if (number != wanted) {
        held.remove(Integer.valueOf(number));
        claims.computeIfPresent(number, (any, claim) -> claim.release(known.now()));
      }
    }
  }

  private void grantWanted(Request request, IpAddress wanted) {
    int number = number(known.networks(), wanted);
    Claim claim = claims.get(number);
    if (claim == null || claim.uid().equals(request.uid())) {
      grant(request, number);
    } else if (claim.isHeld()) {
      refused.put(
          request.uid(),
          new Refusal(
              TAKEN,
              wanted
                  + " has been given to VpnClient "
                  + claim.client()
                  + "; choose another, or give "
                  + claim.client()
                  + " one of its own choice first"));
    } else {
      grantReleased(request, number, claim);
    }
  }

  private void grantReleased(Request request, int number, Claim claim) {
    if (known.readyForOthers().test(number, claim)) {
      grant(request, number);
    } else {
      awaited.put(number, claim);
    }
  }

  private void grantAny(Request request) {
    List<Integer> held = heldBy.get(request.uid());
    if (held != null && !held.isEmpty()) {
      grant(request, held.getFirst());
      return;
    }
    Integer before = lastOfName.get(request.client());
    Claim left = before == null ? null : claims.get(before);
    if (before != null && left != null && !left.isHeld() && !awaited.containsKey(before)) {
      grantReleased(request, before, left);
      return;
    }
    int number = nextFree(true);
    if (number < 0) {
      number = nextReleased(true);
    }
    if (number < 0) {
      number = nextFree(false);
    }
    if (number < 0) {
      number = nextReleased(false);
    }
    if (number < 0) {
      refused.put(
          request.uid(),
          new Refusal(
              EXHAUSTED,
              "no address is left in "
                  + known.networks().ipv4()
                  + " for VpnClient "
                  + request.client()
                  + "; remove a client or make a cluster with a larger network"));
      return;
    }
    Claim claim = claims.get(number);
    if (claim == null) {
      grant(request, number);
    } else {
      grantReleased(request, number, claim);
    }
  }

  /** The first free number, -1 if there is none. */
  private int nextFree(boolean inBlocks) {
    int from = inBlocks ? nextInBlocks : nextAnywhere;
    for (int number = from; number <= last && number >= 0; number++) {
      if (inBlocks && !hasBlock(number)) {
        number |= BLOCK - 1;
      } else if (!claims.containsKey(number) && !known.named().contains(number)) {
        setNext(inBlocks, number);
        return number;
      }
    }
    setNext(inBlocks, last + 1);
    return -1;
  }

  private void setNext(boolean inBlocks, int next) {
    if (inBlocks) {
      nextInBlocks = next;
    } else {
      nextAnywhere = next;
    }
  }

  private boolean hasBlock(int number) {
    int start = number & -BLOCK;
    Integer claimed = claims.ceilingKey(start);
    return claimed != null && claimed < start + BLOCK;
  }

  /** The number that was released first and waits for nobody; -1 if there is none. */
  private int nextReleased(boolean expiredOnly) {
    if (released == null) {
      released = new ArrayList<>();
      claims.forEach(
          (number, claim) -> {
            if (!claim.isHeld() && number >= first && number <= last) {
              released.add(number);
            }
          });
      released.sort(Comparator.comparing(this::released).reversed());
    }
    for (int i = released.size() - 1; i >= 0; i--) {
      int number = released.get(i);
      Claim claim = claims.get(number);
      if (claim == null
          || claim.isHeld()
          || awaited.containsKey(number)
          || known.named().contains(number)) {
        continue;
      }
      if (expiredOnly && released(number).plus(known.hold()).isAfter(known.now())) {
        return -1;
      }
      return number;
    }
    return -1;
  }

  private void grant(Request request, int number) {
    claims.put(number, new Claim(request.uid(), request.client(), null));
    heldBy.computeIfAbsent(request.uid(), any -> new ArrayList<>()).add(number);
    granted.put(request.uid(), address(known.networks(), number));
  }
}

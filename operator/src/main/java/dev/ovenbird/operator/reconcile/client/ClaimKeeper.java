package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.issue.AddressClaims.Refusal;
import dev.ovenbird.operator.issue.AddressClaims.Request;
import dev.ovenbird.operator.issue.Claim;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One cluster's thread that claims addresses for all clients that wait, together. */
final class ClaimKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClaimKeeper.class);

  /** Clients that come in this time go into one write. */
  private static final long GATHER_MILLIS = 10;

  /** For releases that are not in the rosters yet, and after an error. */
  private static final long AGAIN_MILLIS = 200;

  private final ClaimStore store;
  private final ClaimRound round;
  private final Clock clock;
  private final Supplier<Set<String>> presentUids;
  private final Consumer<String> answered;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Map<String, Request> waiting = new HashMap<>();
  private final Map<String, Request> refusedRequests = new HashMap<>();
  private final Map<String, Answer> answers = new HashMap<>();
  private final Set<String> gone = new HashSet<>();
  private boolean isAudited;
  private boolean isClosed;

  /**
   * What a client was told.
   *
   * @param wanted what it asked for
   */
  record Answer(
      @Nullable IpAddress wanted, @Nullable IpAddress granted, @Nullable Refusal refusal) {}

  /**
   * @param presentUids of the cluster's clients, from a cache
   * @param answered is told the {@code namespace/name} of each client that has an answer
   */
  ClaimKeeper(
      String name,
      ClaimStore store,
      TunnelNetworks networks,
      Duration hold,
      Clock clock,
      Supplier<Set<String>> presentUids,
      Consumer<String> answered) {
    this.store = store;
    this.clock = clock;
    this.presentUids = presentUids;
    this.answered = answered;
    round = new ClaimRound(store, networks, hold);
    thread = Thread.ofPlatform().daemon().name("claims " + name).start(this::work);
  }

  /** The answer for this client and this wish; null if it is to come. */
  @Nullable Answer ask(VpnClient client, @Nullable IpAddress wanted) {
    String uid = client.getMetadata().getUid();
    lock.lock();
    try {
      Answer known = answers.get(uid);
      if (known != null && Objects.equals(known.wanted(), wanted)) {
        return known;
      }
      answers.remove(uid);
      refusedRequests.remove(uid);
      waiting.put(uid, ConfigMapClaims.request(client, wanted));
      work.signal();
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** The client's claim is known to be written, or the answer was of no use. */
  void forget(String uid) {
    lock.lock();
    try {
      answers.remove(uid);
      refusedRequests.remove(uid);
      waiting.remove(uid);
    } finally {
      lock.unlock();
    }
  }

  /** A claim is there no more: that the client was granted the address is no answer any longer. */
  void lost(String uid, @Nullable IpAddress address) {
    lock.lock();
    try {
      answers.computeIfPresent(
          uid,
          (any, known) ->
              known.granted() != null && known.granted().equals(address) ? null : known);
    } finally {
      lock.unlock();
    }
  }

  /** A client was deleted: its claims are to be released. */
  void deleted(String uid) {
    lock.lock();
    try {
      answers.remove(uid);
      refusedRequests.remove(uid);
      waiting.remove(uid);
      gone.add(uid);
      // It may have named an address, and so kept it from others, without a claim.
      waiting.putAll(refusedRequests);
      refusedRequests.clear();
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Claims have changed: who was refused may have better luck. */
  void retryRefused() {
    lock.lock();
    try {
      if (!refusedRequests.isEmpty()) {
        waiting.putAll(refusedRequests);
        refusedRequests.clear();
        work.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      isClosed = true;
      work.signal();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
  }

  private void work() {
    try {
      while (true) {
        List<Request> requests;
        Set<String> deleted;
        lock.lock();
        try {
          while (waiting.isEmpty() && gone.isEmpty() && isAudited && !isClosed) {
            work.await();
          }
          if (isClosed) {
            return;
          }
        } finally {
          lock.unlock();
        }
        TimeUnit.MILLISECONDS.sleep(GATHER_MILLIS);
        lock.lock();
        try {
          requests = new ArrayList<>(waiting.values());
          deleted = new HashSet<>(gone);
        } finally {
          lock.unlock();
        }
        if (!isDone(requests, deleted)) {
          TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isDone(Collection<Request> requests, Set<String> deleted) {
    ClaimRound.Outcome outcome;
    try {
      if (!isAudited) {
        deleted.addAll(unknown(deleted));
      }
      outcome = round.run(requests, deleted, clock.instant());
      isAudited |= outcome.isComplete();
    } catch (KubernetesClientException e) {
      LOG.warn("cannot claim addresses, trying again: {}", e.getMessage());
      return false;
    } catch (RuntimeException e) {
      // Without this thread no client would get an address any more.
      LOG.error("cannot claim addresses, trying again", e);
      return false;
    }
    List<String> told = new ArrayList<>();
    lock.lock();
    try {
      if (outcome.isComplete()) {
        gone.removeAll(deleted);
      }
      for (Request request : requests) {
        IpAddress granted = outcome.granted().get(request.uid());
        Refusal refusal = outcome.refused().get(request.uid());
        if ((granted == null && refusal == null) || !request.equals(waiting.get(request.uid()))) {
          continue;
        }
        waiting.remove(request.uid());
        answers.put(request.uid(), new Answer(request.wanted(), granted, refusal));
        if (refusal != null) {
          refusedRequests.put(request.uid(), request);
        }
        told.add(request.client());
      }
    } finally {
      lock.unlock();
    }
    told.forEach(answered);
    return outcome.isComplete() && told.size() == requests.size();
  }

  /** Clients with claims that were deleted while nobody looked. */
  private Set<String> unknown(Set<String> deleted) {
    Set<String> present = presentUids.get();
    Map<String, String> suspects = new HashMap<>();
    for (ClaimStore.Block block : store.read().values()) {
      for (Claim claim : block.claims().values()) {
        if (claim.isHeld() && !present.contains(claim.uid()) && !deleted.contains(claim.uid())) {
          suspects.put(claim.uid(), claim.client());
        }
      }
    }
    Set<String> unknown = new HashSet<>();
    suspects.forEach(
        (uid, name) -> {
          // A cache may lag behind a client that another operator has given an address.
          Request request = store.client(name);
          if (request == null || !request.uid().equals(uid)) {
            unknown.add(uid);
          }
        });
    return unknown;
  }
}

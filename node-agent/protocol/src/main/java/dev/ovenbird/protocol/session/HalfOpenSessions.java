package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.wire.Transport;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sessions whose first negotiation is not finished, counted against their limits: all of them,
 * those that began over UDP without a cookie, and each client's, so that one stolen profile can't
 * keep everybody else out. Those under a key that all clients share get half of the places: whoever
 * has stolen that key keeps nobody out who has his own. Ended sessions that linger are counted too.
 */
final class HalfOpenSessions {
  /** Of one client; it has one session in the end. */
  static final int MAX_PER_CLIENT = 16;

  /** Metadata that names nobody: empty, or the type byte alone. */
  private static final int NAMELESS_BYTES = 1;

  private final Map<ByteBuffer, Integer> perClient = new HashMap<>();
  private int all;
  private int stateful;
  private int lingering;
  private int shared;

  int count() {
    return all;
  }

  /** Ended sessions that still answer. */
  int lingering() {
    return lingering;
  }

  /**
   * @param metadata of the wrapped client key; null if it is one that all share
   */
  boolean mayBegin(byte @Nullable [] metadata, ServerConfig.Limits limits) {
    return all < limits.maxHalfOpen()
        && (metadata == null
            ? shared < (limits.maxHalfOpen() + 1) / 2
            : perClient.getOrDefault(ByteBuffer.wrap(metadata), 0) < MAX_PER_CLIENT);
  }

  /** Whether one may begin without a cookie. */
  boolean mayBeginStateful(LinkPath from, byte @Nullable [] metadata, ServerConfig.Limits limits) {
    return mayBegin(metadata, limits)
        && (from.transport() == Transport.TCP || stateful < limits.maxStateful());
  }

  void began(ServerNegotiator negotiator) {
    all++;
    if (isStateful(negotiator)) {
      stateful++;
    }
    ByteBuffer claimant = negotiator.claimant;
    if (claimant == null) {
      shared++;
    } else if (claimant.remaining() > NAMELESS_BYTES) {
      perClient.merge(claimant, 1, Integer::sum);
    }
  }

  /** Called when a negotiator leaves its state; harmless where that was not half-open. */
  void ended(ServerNegotiator negotiator) {
    if (negotiator.state == ServerNegotiator.State.HALF_OPEN) {
      all--;
      if (isStateful(negotiator)) {
        stateful--;
      }
      ByteBuffer claimant = negotiator.claimant;
      if (claimant == null) {
        shared--;
      } else {
        perClient.computeIfPresent(claimant, (client, count) -> count > 1 ? count - 1 : null);
      }
    } else if (negotiator.state == ServerNegotiator.State.LINGERING) {
      lingering--;
    }
  }

  /** Whether an ended session may stay to be heard; room for all of them when a server stops. */
  boolean mayLinger(ServerConfig.Limits limits) {
    return lingering < limits.maxHalfOpen() + limits.maxSessions();
  }

  void lingers() {
    lingering++;
  }

  private static boolean isStateful(ServerNegotiator negotiator) {
    return negotiator.stateful && negotiator.path.transport() == Transport.UDP;
  }
}

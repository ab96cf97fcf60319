package dev.ovenbird.protocol.reliable;

import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.Opcode;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one negotiation's messages until they are acknowledged. Digest 1.5. Times are boot
 * nanoseconds, which are never negative.
 */
public final class ReliableSender {
  /** OpenVPN's tls-timeout. */
  public static final long DEFAULT_RETRANSMIT_NANOS = 2_000_000_000L;

  /** What every peer has room for. */
  public static final int DEFAULT_WINDOW = 4;

  private static final int FAST_RETRANSMIT_ACKS = 3;
  private static final long AT_ONCE = 0;

  /** A message as it goes into every one of its packets; all around it is made afresh. */
  public record Message(Opcode opcode, long id, byte[] payload) {}

  private static final class InFlight {
    final Message message;
    long dueNanos = AT_ONCE;
    long timeoutNanos;
    int acksForLater;
    boolean sent;

    InFlight(Message message, long timeoutNanos) {
      this.message = message;
      this.timeoutNanos = timeoutNanos;
    }
  }

  private final int window;
  private final long retransmitNanos;
  private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
  private long nextId;

  public ReliableSender(int window) {
    this(window, DEFAULT_RETRANSMIT_NANOS);
  }

  /**
   * @param window the newest message's id is at most {@code window - 1} above the oldest
   *     unacknowledged one's
   * @param retransmitNanos until the first retransmission; doubles with each that no
   *     acknowledgement hastened
   */
  public ReliableSender(int window, long retransmitNanos) {
    if (window < 1 || retransmitNanos < 1) {
      throw new IllegalArgumentException("window " + window + ", " + retransmitNanos + " ns");
    }
    this.window = window;
    this.retransmitNanos = retransmitNanos;
  }

  /** Sets the first message's id: 1 after a stateless handshake. */
  public void startAt(long id) {
    if (nextId != 0) {
      throw new IllegalStateException("messages have been sent");
    }
    nextId = id;
  }

  /** Whether {@link #send} may be called. */
  public boolean hasRoom() {
    InFlight oldest = inFlight.peekFirst();
    return nextId <= ControlBody.MAX_MESSAGE_ID
        && (oldest == null || nextId - oldest.message.id() < window);
  }

  /** Gives a message the next id; it is due at once. */
  public void send(Opcode opcode, byte[] payload) {
    if (!hasRoom()) {
      throw new IllegalStateException("no room in the window");
    }
    inFlight.addLast(new InFlight(new Message(opcode, nextId++, payload), retransmitNanos));
  }

  /**
   * The peer has a message. Ids that are not in flight do no harm: acknowledgements repeat.
   *
   * @return whether it was still unacknowledged
   */
  public boolean acknowledge(int id) {
    long acknowledged = Integer.toUnsignedLong(id);
    if (acknowledged >= nextId) {
      return false;
    }
    boolean removed = false;
    for (Iterator<InFlight> all = inFlight.iterator(); all.hasNext(); ) {
      InFlight each = all.next();
      if (each.message.id() == acknowledged) {
        // An id that never left cannot have been received.
        if (each.sent) {
          all.remove();
          removed = true;
        }
      } else if (each.sent && each.message.id() < acknowledged) {
        each.acksForLater++;
        if (each.acksForLater == FAST_RETRANSMIT_ACKS) {
          each.dueNanos = AT_ONCE;
        }
      }
    }
    return removed;
  }

  /**
   * A message that must leave now, lowest id first: never sent, its time come, or known to be lost.
   * Counts as sent. Null if there is none.
   */
  public @Nullable Message due(long bootNanos) {
    for (InFlight each : inFlight) {
      if (each.dueNanos <= bootNanos) {
        each.dueNanos = bootNanos + each.timeoutNanos;
        if (each.acksForLater < FAST_RETRANSMIT_ACKS) {
          each.timeoutNanos *= 2;
        }
        each.acksForLater = 0;
        each.sent = true;
        return each.message;
      }
    }
    return null;
  }

  /** When {@link #due} has a message next; 0 = at once, Long.MAX_VALUE = never. */
  public long nextDeadline() {
    long deadline = Long.MAX_VALUE;
    for (InFlight each : inFlight) {
      deadline = Math.min(deadline, each.dueNanos);
    }
    return deadline;
  }

  /** Whether a message was sent and the peer has it. */
  public boolean isAcknowledged(long id) {
    if (id >= nextId) {
      return false;
    }
    for (InFlight each : inFlight) {
      if (each.message.id() == id) {
        return false;
      }
    }
    return true;
  }

  /** Whether nothing waits for acknowledgement. */
  public boolean isEmpty() {
    return inFlight.isEmpty();
  }
}

package dev.ovenbird.protocol.session;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * When each negotiator wants its timeout. Entries are only added when a deadline moves forward; one
 * that has moved back is noticed when it fires, so that traffic never touches the queue.
 */
final class Deadlines {
  /** A negotiator's place in the queue; void once a nearer one has overtaken it. */
  static final class Entry {
    private final long at;
    private @Nullable ServerNegotiator negotiator;

    private Entry(long at, ServerNegotiator negotiator) {
      this.at = at;
      this.negotiator = negotiator;
    }
  }

  private final PriorityQueue<Entry> queue =
      new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));

  void schedule(ServerNegotiator negotiator) {
    long at = negotiator.nextDeadline();
    Entry before = negotiator.scheduled;
    if (at < (before == null ? Long.MAX_VALUE : before.at)) {
      forget(negotiator);
      Entry entry = new Entry(at, negotiator);
      negotiator.scheduled = entry;
      queue.add(entry);
    }
  }

  /**
   * Voids the negotiator's entry, which lets go of all that it holds: a flood of short sessions
   * would fill the memory until their deadlines.
   */
  void forget(ServerNegotiator negotiator) {
    Entry entry = negotiator.scheduled;
    if (entry != null) {
      entry.negotiator = null;
      negotiator.scheduled = null;
    }
  }

  /** The next negotiator that is due, taken off the queue; null if none is. */
  @Nullable ServerNegotiator due(long bootNanos) {
    Entry head;
    while ((head = queue.peek()) != null && head.at <= bootNanos) {
      queue.remove();
      ServerNegotiator negotiator = head.negotiator;
      if (negotiator != null) {
        negotiator.scheduled = null;
        return negotiator;
      }
    }
    return null;
  }

  long next() {
    Entry head;
    while ((head = queue.peek()) != null && head.negotiator == null) {
      queue.remove();
    }
    return head == null ? Long.MAX_VALUE : head.at;
  }
}

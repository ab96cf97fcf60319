package dev.ovenbird.protocol.session;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * When each negotiator wants its timeout. Entries are only added when a deadline moves forward; one
 * that has moved back is noticed when it fires, so that traffic never touches the queue.
 */
final class Deadlines {
  private record Entry(long at, ServerNegotiator negotiator) {}

  private final PriorityQueue<Entry> queue =
      new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));

  void schedule(ServerNegotiator negotiator) {
    long at = negotiator.nextDeadline();
    if (at < negotiator.scheduledAt) {
      negotiator.scheduledAt = at;
      queue.add(new Entry(at, negotiator));
    }
  }

  /** The next negotiator that is due, taken off the queue; null if none is. */
  @Nullable ServerNegotiator due(long bootNanos) {
    Entry head;
    while ((head = queue.peek()) != null && head.at <= bootNanos) {
      queue.remove();
      // An entry that a nearer one has overtaken is void.
      if (head.at == head.negotiator.scheduledAt) {
        head.negotiator.scheduledAt = Long.MAX_VALUE;
        if (head.negotiator.state != ServerNegotiator.State.GONE) {
          return head.negotiator;
        }
      }
    }
    return null;
  }

  long next() {
    Entry head = queue.peek();
    return head == null ? Long.MAX_VALUE : head.at;
  }
}

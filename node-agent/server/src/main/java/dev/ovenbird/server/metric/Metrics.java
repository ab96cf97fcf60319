package dev.ovenbird.server.metric;

import dev.ovenbird.protocol.session.CloseReason;
import dev.ovenbird.protocol.session.DropReason;

/**
 * Receives the counts of one server. Called on its event loop (and {@link #slowTask} on worker
 * threads): implementations must not block and should not allocate.
 */
public interface Metrics {
  /** Where packets were counted. */
  enum Flow {
    /** Datagrams or framed packets from clients, control and data. */
    FROM_LINK,
    TO_LINK,
    /** IP packets read from the TUN. */
    FROM_TUN,
    TO_TUN
  }

  /** The start has come so far; called once for each stage, by any thread. */
  default void reached(StartStage stage) {}

  /** Packets and bytes that passed, in batches. */
  default void passed(Flow flow, int packets, long bytes) {}

  /** One packet went no further. */
  default void dropped(DropReason reason) {}

  default void sessionOpened() {}

  /** A session that was opened is over. */
  default void sessionClosed(CloseReason reason) {}

  /** A client's address changed (float). */
  default void sessionMoved() {}

  /** A negotiation failed; its client has no session by it. */
  default void negotiationFailed() {}

  /** Open sessions, and those whose first negotiation is not finished; about once a second. */
  default void sessions(int open, int halfOpen) {}

  /** Open TCP connections. */
  default void tcpConnections(int open) {}

  /** A slow task (TLS step, key derivation) ran. */
  default void slowTask(long waitedNanos, long ranNanos) {}

  /** A slow task failed with an exception: a defect here, or memory ran out. */
  default void slowTaskFailed() {}

  /** One turn of packet work on the event loop. */
  default void loopTurn(long nanos) {}

  /** The event loop let packets gather, since they come fast. */
  default void loopPaused() {}

  /** Something became of a DNS query; called on the forwarder's thread. */
  default void dns(DnsEvent event) {}

  /** Counts nothing. */
  Metrics NONE = new Metrics() {};
}

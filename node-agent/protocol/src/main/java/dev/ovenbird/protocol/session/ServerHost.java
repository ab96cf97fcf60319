package dev.ovenbird.protocol.session;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What a {@link ServerEndpoint} asks of the program around it. Every call happens on the endpoint's
 * own thread, during a call into the endpoint; segments are valid only until the call returns.
 */
public interface ServerHost {
  /** Sends one packet; it may be dropped, never queued without bound. */
  void transmit(LinkPath to, MemorySegment packet, long offset, int length);

  /**
   * Starts slow work: call {@link SlowTask#run()} on any other thread, then {@link
   * ServerEndpoint#completed} on the endpoint's thread. Tasks of one engine never overlap: the
   * endpoint submits the next one only after {@code completed}.
   */
  void submit(SlowTask task);

  /** A decrypted packet of a session's client, in place in the buffer given to {@code received}. */
  void tunnelPacket(ServerSession session, MemorySegment packet, long offset, int length);

  /**
   * Whether a session of an earlier process may go on: false if its addresses are in use by another
   * one, elsewhere, by now.
   *
   * @param addresses the client's in the tunnel
   */
  default boolean mayRestore(List<byte[]> addresses) {
    return true;
  }

  /**
   * Whether packets of clients on this path's listener have come that were not handed over yet, or
   * what an earlier process left for clients is still on its way: no client is silent as long as
   * its words wait, and none has time for a handshake beside a backlog.
   */
  default boolean isBehind(LinkPath path) {
    return false;
  }

  /** A session is usable: routes must exist when this returns; PUSH_REPLY leaves next. */
  void opened(ServerSession session);

  /** The session's client now sends from another address (float). */
  void moved(ServerSession session, LinkPath previous);

  /** The session's keys are gone; called once for every session that was opened. */
  void closed(ServerSession session, CloseReason reason);

  /** A TCP connection that the endpoint has no further use for. */
  void hangUp(LinkPath path);

  /** A negotiation failed, in words for a log line; the peer has no session by it. */
  void negotiationFailed(LinkPath path, String why);

  /** A packet was dropped; counted, never logged per packet. */
  void dropped(DropReason reason);
}

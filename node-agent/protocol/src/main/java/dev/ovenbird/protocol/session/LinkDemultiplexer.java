package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.wire.SessionId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whose a packet from the link is. Control packets belong to an address and a session id; data
 * packets to the peer id they carry or else to an address, once the session is open.
 */
final class LinkDemultiplexer {
  /** What DATA_V2 packets carry that are to be known by their address. */
  private static final int NO_PEER_ID = 0xffffff;

  private record ControlAddress(LinkPath path, SessionId remote) {}

  private final Map<ControlAddress, ServerNegotiator> negotiators = new HashMap<>();
  private final Map<LinkPath, ServerNegotiator> openByPath = new HashMap<>();
  private final Map<String, ServerNegotiator> openByClient = new LinkedHashMap<>();
  private final @Nullable ServerNegotiator[] openByPeerId;

  /**
   * @param sessions how many may be open
   */
  LinkDemultiplexer(int sessions) {
    this.openByPeerId = new @Nullable ServerNegotiator[sessions];
  }

  /** The negotiator of a control packet. */
  @Nullable ServerNegotiator control(LinkPath from, SessionId remote) {
    return negotiators.get(new ControlAddress(from, remote));
  }

  /** The negotiator of a DATA_V2 packet, of an open session. */
  @Nullable ServerNegotiator data(int peerId, LinkPath from) {
    return peerId < openByPeerId.length
        ? openByPeerId[peerId]
        : peerId == NO_PEER_ID ? openByPath.get(from) : null;
  }

  /** The negotiator whose open session has this address, DATA_V1 packets'. */
  @Nullable ServerNegotiator openAt(LinkPath path) {
    return openByPath.get(path);
  }

  /** The negotiator of a client's open session. */
  @Nullable ServerNegotiator openOf(String clientId) {
    return openByClient.get(clientId);
  }

  /** An open session by its peer id. */
  @Nullable ServerSession session(int peerId) {
    ServerNegotiator negotiator =
        peerId >= 0 && peerId < openByPeerId.length ? openByPeerId[peerId] : null;
    return negotiator == null ? null : negotiator.session;
  }

  /** All open sessions, the oldest first. */
  List<ServerSession> sessions() {
    List<ServerSession> open = new ArrayList<>(openByClient.size());
    for (ServerNegotiator negotiator : openByClient.values()) {
      if (negotiator.session != null) {
        open.add(negotiator.session);
      }
    }
    return open;
  }

  /** A copy of all negotiators. */
  List<ServerNegotiator> negotiators() {
    return List.copyOf(negotiators.values());
  }

  /** A copy of those with an open session. */
  List<ServerNegotiator> open() {
    return List.copyOf(openByClient.values());
  }

  void add(ServerNegotiator negotiator) {
    negotiators.put(new ControlAddress(negotiator.path, negotiator.channel.remote()), negotiator);
  }

  void remove(ServerNegotiator negotiator) {
    negotiators.remove(
        new ControlAddress(negotiator.path, negotiator.channel.remote()), negotiator);
  }

  void opened(ServerNegotiator negotiator, ServerSession session) {
    openByClient.put(session.clientId(), negotiator);
    openByPeerId[session.peerId()] = negotiator;
    openByPath.put(session.path(), negotiator);
  }

  void closed(ServerNegotiator negotiator, ServerSession session) {
    openByClient.remove(session.clientId(), negotiator);
    openByPath.remove(session.path(), negotiator);
    openByPeerId[session.peerId()] = null;
  }

  /** An open session has another address now (float). */
  void move(ServerNegotiator negotiator, ServerSession session, LinkPath to) {
    LinkPath previous = session.path();
    openByPath.remove(previous);
    negotiators.remove(new ControlAddress(previous, negotiator.channel.remote()));
    negotiator.path = to;
    session.path(to);
    openByPath.put(to, negotiator);
    negotiators.put(new ControlAddress(to, negotiator.channel.remote()), negotiator);
  }
}

package dev.ovenbird.server;

import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.route.SessionHop;
import java.time.Instant;
import java.util.List;

/**
 * A session as it was when asked.
 *
 * @param addresses tunnel addresses as text
 * @param remote address and port of the client, as text
 * @param listener name of the listener that it came by
 * @param cipher OpenVPN name of the data cipher
 * @param bytesIn bytes of tunnel packets from the client
 * @param bytesOut bytes of tunnel packets to the client
 */
public record SessionView(
    String clientId,
    String commonName,
    List<String> addresses,
    Transport transport,
    String remote,
    String listener,
    String cipher,
    Instant since,
    long bytesIn,
    long bytesOut) {

  static SessionView of(ServerSession session, SessionHop hop, String listener) {
    return new SessionView(
        session.clientId(),
        session.identity().commonName(),
        hop.addresses().stream().map(Cidr::addressText).toList(),
        session.path().transport(),
        session.path().toString(),
        listener,
        session.cipher().openvpnName(),
        Instant.ofEpochSecond(session.sinceWallSeconds()),
        session.bytesReceived(),
        session.bytesSent());
  }
}

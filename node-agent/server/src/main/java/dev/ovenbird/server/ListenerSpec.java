package dev.ovenbird.server;

import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.route.Cidr;
import java.util.List;

/**
 * A port to listen on.
 *
 * @param name unique in a server, for messages and metrics
 * @param addresses IPv4 or IPv6 addresses as text; empty = every address of the node
 * @param port 1 to 65535; 0 lets the system choose, see {@link OvenbirdServer#port}
 */
public record ListenerSpec(String name, Transport transport, List<String> addresses, int port) {
  public ListenerSpec {
    addresses = List.copyOf(addresses);
    for (String address : addresses) {
      Cidr.parse(address);
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException(
          "listener " + name + ": port must be 0 to 65535, not " + port);
    }
  }

  public static ListenerSpec udp(int port, String... addresses) {
    return new ListenerSpec("udp", Transport.UDP, List.of(addresses), port);
  }

  public static ListenerSpec tcp(int port, String... addresses) {
    return new ListenerSpec("tcp", Transport.TCP, List.of(addresses), port);
  }
}

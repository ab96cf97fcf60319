package dev.ovenbird.server;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.server.metric.Metrics;
import dev.ovenbird.server.tun.InProcessTun;
import java.net.InetSocketAddress;

/**
 * What an {@link OvenbirdClient} needs.
 *
 * @param server resolved address and port
 * @param endpoint protocol settings; its transport decides between UDP and TCP
 * @param tun the program's end of the tunnel; closed with the client
 * @param metrics receives the counts
 */
public record ClientSettings(
    InetSocketAddress server, ClientConfig endpoint, InProcessTun tun, Metrics metrics) {
  public ClientSettings {
    if (server.isUnresolved()) {
      throw new IllegalArgumentException("server " + server + " is not resolved");
    }
  }

  /** With a new tunnel end of 1500 bytes MTU, and nothing counted. */
  public ClientSettings(InetSocketAddress server, ClientConfig endpoint) {
    this(server, endpoint, new InProcessTun(1500, 1024), Metrics.NONE);
  }
}

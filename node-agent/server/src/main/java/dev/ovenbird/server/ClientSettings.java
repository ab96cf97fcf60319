package dev.ovenbird.server;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.server.metric.Metrics;
import dev.ovenbird.server.tun.InProcessTun;
import dev.ovenbird.server.tun.Tun;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;

/**
 * What an {@link OvenbirdClient} needs.
 *
 * @param server resolved address and port
 * @param endpoint protocol settings; its transport decides between UDP and TCP
 * @param tun the other end of the tunnel, the program's own or the kernel's; closed with the client
 * @param metrics receives the counts
 * @param onOptions told, on the client's thread, when the server changes pushed options of the
 *     tunnel that is up: all of them, as they now are
 */
public record ClientSettings(
    InetSocketAddress server,
    ClientConfig endpoint,
    Tun tun,
    Metrics metrics,
    Consumer<List<String>> onOptions) {
  public ClientSettings {
    if (server.isUnresolved()) {
      throw new IllegalArgumentException("server " + server + " is not resolved");
    }
  }

  /** With a new tunnel end of 1500 bytes MTU, and nothing counted. */
  public ClientSettings(InetSocketAddress server, ClientConfig endpoint) {
    this(server, endpoint, new InProcessTun(1500, 1024), Metrics.NONE, changed -> {});
  }
}

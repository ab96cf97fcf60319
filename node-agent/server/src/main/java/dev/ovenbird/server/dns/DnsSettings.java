package dev.ovenbird.server.dns;

import java.nio.file.Path;

/**
 * Where queries go, and how many at once. Each query uses up to three sockets while it waits.
 *
 * @param resolvConf names the servers to ask; read again when it changes
 * @param maxQueries that wait for an answer; more are dropped
 * @param maxQueriesPerClient the same for one address
 * @param maxConnections of clients that ask by TCP; more are closed at once
 * @param maxConnectionsPerClient the same for one address
 */
public record DnsSettings(
    Path resolvConf,
    int maxQueries,
    int maxQueriesPerClient,
    int maxConnections,
    int maxConnectionsPerClient) {
  public DnsSettings {
    if (maxQueries < 1
        || maxQueriesPerClient < 1
        || maxConnections < 0
        || maxConnectionsPerClient < 0) {
      throw new IllegalArgumentException("a limit of the DNS forwarder is out of range");
    }
  }

  /** The usual limits. */
  public DnsSettings(Path resolvConf) {
    this(resolvConf, 256, 64, 64, 8);
  }
}

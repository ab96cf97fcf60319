package dev.ovenbird.e2e.interop;

import dev.ovenbird.e2e.net.Lab;

/** The network that carries the tunnel. */
enum Family {
  IPV4("IPv4", Lab.SERVER_IPV4),
  IPV6("IPv6", Lab.SERVER_IPV6);

  private final String label;

  /** The server's address. */
  final String server;

  Family(String label, String server) {
    this.label = label;
    this.server = server;
  }

  @Override
  public String toString() {
    return label;
  }
}

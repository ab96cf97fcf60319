package dev.ovenbird.operator.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports for health and metrics: always the same where that is free, so that scrapers find them. */
final class FreePort {
  private static final int FIRST = 9470;

  private FreePort() {}

  /** An address of this machine alone, as ADDRESS:PORT. */
  static String loopback(int lane) {
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    for (int port : new int[] {FIRST + lane, 0}) {
      try (ServerSocket probe = new ServerSocket()) {
        probe.bind(new InetSocketAddress(loopback, port));
        return "127.0.0.1:" + probe.getLocalPort();
      } catch (IOException e) {
        if (port == 0) {
          throw new UncheckedIOException(e);
        }
      }
    }
    throw new IllegalStateException("not reached");
  }
}

package dev.ovenbird.e2e.client;

import java.time.Duration;
import java.util.Optional;

/** A running VPN client of whichever make. */
public interface TunnelClient extends AutoCloseable {
  /**
   * Waits for the first connection.
   *
   * @throws AssertionError with what the client said last, if none comes in time
   */
  TunnelClient awaitConnected(Duration limit);

  /** Whether an address answers ICMP echo requests that go through the tunnel. */
  boolean reaches(String address);

  /** The negotiated TLS version, such as 1.3; empty from a client that does not tell. */
  Optional<String> tlsVersion();

  /** The negotiated data cipher by OpenVPN's name; empty from a client that does not tell. */
  Optional<String> cipher();

  /** What it said last, for messages. */
  String tail();

  /** Ends it and everything that it started. */
  @Override
  void close();
}

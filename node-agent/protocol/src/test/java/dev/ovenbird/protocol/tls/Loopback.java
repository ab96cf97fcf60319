package dev.ovenbird.protocol.tls;

import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client and a server engine, and the wire between them. */
final class Loopback {
  final TlsEngine client;
  final TlsEngine server;

  Loopback(TlsEngineFactory client, TlsEngineFactory server) {
    this.client = client.create();
    this.server = server.create();
  }

  static TlsServerEngineFactory server(Engines provider, TlsIdentity identity, byte[]... anchors) {
    return provider.server(
        new SecureRandom(), () -> TestPki.NOW, identity, List.of(anchors), TlsVersion.TLS12);
  }

  static TlsEngineFactory client(
      Engines provider,
      TlsIdentity identity,
      TlsVersion version,
      @Nullable String name,
      byte[]... anchors) {
    return provider.client(
        new SecureRandom(), () -> TestPki.NOW, identity, List.of(anchors), name, version, version);
  }

  Loopback handshake() {
    client.start();
    server.start();
    pump();
    return this;
  }

  /** Moves ciphertext until both are silent. */
  void pump() {
    while (true) {
      byte[] up = client.takeOutput();
      byte[] down = server.takeOutput();
      if (up.length == 0 && down.length == 0) {
        return;
      }
      server.offer(up);
      client.offer(down);
    }
  }

  boolean isUp() {
    return client.isHandshakeComplete()
        && server.isHandshakeComplete()
        && client.failure() == null
        && server.failure() == null;
  }
}

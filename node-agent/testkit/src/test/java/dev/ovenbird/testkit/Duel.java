package dev.ovenbird.testkit;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.tls.BcTlsClientEngineFactory;
import dev.ovenbird.protocol.tls.BcTlsServerEngineFactory;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.tls.TlsVersion;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import java.util.Objects;

/** A server and whoever tests its patience, step by step; with real TLS or with none. */
public final class Duel {
  public static final LinkPath HERE = BareServer.path(Transport.UDP, 0xc6336401, 40_000);

  public final SeededRandom random = new SeededRandom(20_261_122);
  public final TestPki pki = new TestPki(random, 1_790_000_000L);
  public final BareServer server;
  private final boolean realTls;

  /** With limits of its own. */
  public Duel(boolean realTls, ServerConfig.Limits limits) {
    this.realTls = realTls;
    TlsEngineFactory engines =
        realTls
            ? new BcTlsServerEngineFactory(
                random, () -> 1_790_000_000L, pki.server("server"), pki.anchors(), TlsVersion.TLS12)
            : NoTls.server(NoTls.named("client1"));
    server =
        new BareServer(
            ServerConfig.of(java.util.List.of(pki.serverKey()), engines).withLimits(limits),
            random);
  }

  public static Duel withTls() {
    return new Duel(true, ServerConfig.Limits.DEFAULT);
  }

  public static Duel withoutTls() {
    return new Duel(false, ServerConfig.Limits.DEFAULT);
  }

  /** A client that has not begun. */
  public BareClient client(String name, LinkPath path) {
    return client(name, pki.clientKey(name), path);
  }

  /** A client with a wrapped key that may be another's. */
  public BareClient client(String name, ClientKeyFile key, LinkPath path) {
    TlsEngineFactory engines =
        realTls
            ? new BcTlsClientEngineFactory(
                random,
                () -> 1_790_000_000L,
                pki.client(name),
                pki.anchors(),
                "server",
                TlsVersion.TLS12,
                TlsVersion.TLS13)
            : NoTls.client(NoTls.named("server"));
    return new BareClient(
        ClientConfig.of(key, engines, path.transport(), path.isIpv4()), path, random);
  }

  /** A client that is connected. */
  public BareClient connected(String name, LinkPath path) {
    BareClient client = client(name, path);
    client.start(server);
    client.exchange(server);
    Objects.requireNonNull(client.pushed, "not connected: " + client.closedReason);
    return client;
  }
}

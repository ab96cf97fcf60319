package dev.ovenbird.protocol.tls;

import java.security.SecureRandom;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who does TLS. All keep the same rules, and any talks to any. */
public enum TlsProvider {
  /** With X25519MLKEM768, and the less costly on most machines. */
  BOUNCY_CASTLE(BcTlsServerEngineFactory::new, BcTlsClientEngineFactory::new),
  /** The JDK's own. */
  JSSE(
      (random, wallSeconds, identity, trust, minimum, _) ->
          new JsseTlsServerEngineFactory(random, wallSeconds, identity, trust, minimum),
      JsseTlsClientEngineFactory::new);

  private interface Servers {
    TlsServerEngineFactory make(
        SecureRandom random,
        LongSupplier wallSeconds,
        TlsIdentity identity,
        PeerTrust trust,
        TlsVersion minimum,
        Supplier<@Nullable PublicKeyLibrary> library);
  }

  private interface Clients {
    TlsEngineFactory make(
        SecureRandom random,
        LongSupplier wallSeconds,
        TlsIdentity identity,
        PeerTrust trust,
        @Nullable String expectedServerName,
        TlsVersion minimum,
        TlsVersion maximum);
  }

  private final Servers servers;
  private final Clients clients;

  TlsProvider(Servers servers, Clients clients) {
    this.servers = servers;
    this.clients = clients;
  }

  /**
   * As {@link BcTlsServerEngineFactory#BcTlsServerEngineFactory}.
   *
   * @param library the JDK's engine has no use for it
   */
  public TlsServerEngineFactory server(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      PeerTrust trust,
      TlsVersion minimum,
      Supplier<@Nullable PublicKeyLibrary> library) {
    return servers.make(random, wallSeconds, identity, trust, minimum, library);
  }

  /** Without a library. */
  public TlsServerEngineFactory server(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      PeerTrust trust,
      TlsVersion minimum) {
    return server(random, wallSeconds, identity, trust, minimum, () -> null);
  }

  /** As {@link BcTlsClientEngineFactory#BcTlsClientEngineFactory}. */
  public TlsEngineFactory client(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      PeerTrust trust,
      @Nullable String expectedServerName,
      TlsVersion minimum,
      TlsVersion maximum) {
    return clients.make(random, wallSeconds, identity, trust, expectedServerName, minimum, maximum);
  }

  /** Believing the clients of CAs. */
  public TlsServerEngineFactory server(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      List<byte[]> anchorsDer,
      TlsVersion minimum) {
    return server(random, wallSeconds, identity, PeerTrust.authorities(anchorsDer), minimum);
  }

  /** Believing the servers of CAs. */
  public TlsEngineFactory client(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      List<byte[]> anchorsDer,
      @Nullable String expectedServerName,
      TlsVersion minimum,
      TlsVersion maximum) {
    return client(
        random,
        wallSeconds,
        identity,
        PeerTrust.authorities(anchorsDer),
        expectedServerName,
        minimum,
        maximum);
  }
}

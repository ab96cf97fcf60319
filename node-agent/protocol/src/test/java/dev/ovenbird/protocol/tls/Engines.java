package dev.ovenbird.protocol.tls;

import java.security.SecureRandom;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Every way of doing TLS: the providers, and BouncyCastle with a library beside it. */
enum Engines {
  BOUNCY_CASTLE(TlsProvider.BOUNCY_CASTLE, null),
  BOUNCY_CASTLE_AND_LIBRARY(TlsProvider.BOUNCY_CASTLE, new PlainPublicKeys()),
  JSSE(TlsProvider.JSSE, null);

  private final TlsProvider provider;
  private final @Nullable PublicKeyLibrary library;

  Engines(TlsProvider provider, @Nullable PublicKeyLibrary library) {
    this.provider = provider;
    this.library = library;
  }

  TlsServerEngineFactory server(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      PeerTrust trust,
      TlsVersion minimum) {
    return provider.server(random, wallSeconds, identity, trust, minimum, () -> library);
  }

  TlsServerEngineFactory server(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      List<byte[]> anchorsDer,
      TlsVersion minimum) {
    return server(random, wallSeconds, identity, PeerTrust.authorities(anchorsDer), minimum);
  }

  TlsEngineFactory client(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      PeerTrust trust,
      @Nullable String name,
      TlsVersion minimum,
      TlsVersion maximum) {
    return library == null
        ? provider.client(random, wallSeconds, identity, trust, name, minimum, maximum)
        : new BcTlsClientEngineFactory(
            random, wallSeconds, identity, trust, name, minimum, maximum, () -> library);
  }

  TlsEngineFactory client(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      List<byte[]> anchorsDer,
      @Nullable String name,
      TlsVersion minimum,
      TlsVersion maximum) {
    PeerTrust trust = PeerTrust.authorities(anchorsDer);
    return client(random, wallSeconds, identity, trust, name, minimum, maximum);
  }
}

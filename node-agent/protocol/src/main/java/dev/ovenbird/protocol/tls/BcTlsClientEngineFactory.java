package dev.ovenbird.protocol.tls;

import java.security.SecureRandom;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsClientProtocol;
import org.jspecify.annotations.Nullable;

/**
 * Client side TLS by BouncyCastle: 1.2 or newer, with a client certificate; the server's is
 * verified and, if wanted, its name. Thread-safe.
 */
public final class BcTlsClientEngineFactory implements TlsEngineFactory {
  private final LeanTlsCrypto crypto;
  private final LoadedIdentity identity;
  private final PeerVerifier verifier;
  private final @Nullable String expectedServerName;
  private final ProtocolVersion[] versions;

  /**
   * @param random source of all randomness; used by every engine, so it must be thread-safe
   * @param wallSeconds Unix time for the dates in certificates; called from any thread
   * @param trust which servers are believed
   * @param library who does the costly part, asked in handshakes, from any thread; null =
   *     BouncyCastle
   * @param expectedServerName subject CN that the server must have, exactly; null = any
   * @throws IllegalArgumentException if identity or trust cannot be read or do not fit together
   */
  public BcTlsClientEngineFactory(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      PeerTrust trust,
      @Nullable String expectedServerName,
      TlsVersion minimum,
      TlsVersion maximum,
      Supplier<@Nullable PublicKeyLibrary> library) {
    this.crypto = new LeanTlsCrypto(random, library);
    this.identity = new LoadedIdentity(crypto, identity);
    this.verifier = new PeerVerifier(trust, KeyPurposeId.id_kp_serverAuth, wallSeconds);
    this.expectedServerName = expectedServerName;
    this.versions = TlsVersion.range(minimum, maximum);
  }

  /** Without a library. */
  public BcTlsClientEngineFactory(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      PeerTrust trust,
      @Nullable String expectedServerName,
      TlsVersion minimum,
      TlsVersion maximum) {
    this(random, wallSeconds, identity, trust, expectedServerName, minimum, maximum, () -> null);
  }

  /** Believing the servers of CAs. */
  public BcTlsClientEngineFactory(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      List<byte[]> anchorsDer,
      @Nullable String expectedServerName,
      TlsVersion minimum,
      TlsVersion maximum) {
    this(
        random,
        wallSeconds,
        identity,
        PeerTrust.authorities(anchorsDer),
        expectedServerName,
        minimum,
        maximum);
  }

  @Override
  public TlsEngine create() {
    TlsClientProtocol protocol = new TlsClientProtocol();
    ClientPeer peer =
        new ClientPeer(crypto, identity, verifier, expectedServerName, versions.clone());
    BcTlsEngine engine = new BcTlsEngine(protocol, () -> protocol.connect(peer));
    peer.attach(engine);
    return engine;
  }
}

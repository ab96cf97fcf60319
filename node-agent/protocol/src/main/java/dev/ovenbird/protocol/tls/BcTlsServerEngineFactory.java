package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsServerProtocol;
import org.jspecify.annotations.Nullable;

/**
 * Server side TLS by BouncyCastle: 1.2 or newer, client certificate required and verified, no
 * resumption. Thread-safe; what {@link #replace} brings counts from the next engine on.
 */
public final class BcTlsServerEngineFactory implements TlsServerEngineFactory {
  private final LeanTlsCrypto crypto;
  private final LongSupplier wallSeconds;
  private final ProtocolVersion[] versions;
  private volatile Material material;

  private record Material(LoadedIdentity identity, PeerVerifier verifier) {}

  /**
   * @param random source of all randomness; used by every engine, so it must be thread-safe
   * @param wallSeconds Unix time for the dates in certificates; called from any thread
   * @param trust which clients may connect
   * @param library who does the costly part, asked in handshakes, from any thread; null =
   *     BouncyCastle
   * @throws IllegalArgumentException if identity or trust cannot be read or do not fit together
   */
  public BcTlsServerEngineFactory(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      PeerTrust trust,
      TlsVersion minimum,
      Supplier<@Nullable PublicKeyLibrary> library) {
    this.crypto = new LeanTlsCrypto(random, library);
    this.wallSeconds = wallSeconds;
    this.versions = TlsVersion.range(minimum, TlsVersion.TLS13);
    this.material = load(identity, trust);
  }

  /** Without a library. */
  public BcTlsServerEngineFactory(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      PeerTrust trust,
      TlsVersion minimum) {
    this(random, wallSeconds, identity, trust, minimum, () -> null);
  }

  /** Believing the clients of CAs. */
  public BcTlsServerEngineFactory(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      List<byte[]> anchorsDer,
      TlsVersion minimum) {
    this(random, wallSeconds, identity, PeerTrust.authorities(anchorsDer), minimum);
  }

  @Override
  public void replace(TlsIdentity identity, PeerTrust trust) {
    material = load(identity, trust);
  }

  private Material load(TlsIdentity identity, PeerTrust trust) {
    return new Material(
        new LoadedIdentity(crypto, identity),
        new PeerVerifier(trust, KeyPurposeId.id_kp_clientAuth, wallSeconds));
  }

  @Override
  public TlsEngine create() {
    Material now = material;
    TlsServerProtocol protocol = new TlsServerProtocol();
    ServerPeer peer = new ServerPeer(crypto, now.identity(), now.verifier(), versions.clone());
    BcTlsEngine engine = new BcTlsEngine(protocol, () -> {});
    peer.attach(engine);
    try {
      protocol.accept(peer);
    } catch (IOException e) {
      throw new IllegalStateException("cannot start a TLS engine", e);
    }
    return engine;
  }
}

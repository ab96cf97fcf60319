package dev.ovenbird.protocol.tls;

import java.security.SecureRandom;
import java.util.List;
import java.util.function.LongSupplier;
import org.bouncycastle.asn1.x509.KeyPurposeId;

/**
 * Server side TLS by the JDK: as {@link BcTlsServerEngineFactory}, but without the hybrid group
 * X25519MLKEM768, and every refused client gets the alert certificate_unknown. Thread-safe.
 */
public final class JsseTlsServerEngineFactory implements TlsServerEngineFactory {
  private final SecureRandom random;
  private final LongSupplier wallSeconds;
  private final TlsVersion minimum;
  private volatile JsseContext context;

  /**
   * @param random source of randomness; used by every engine, so it must be thread-safe
   * @param wallSeconds Unix time for the dates in certificates; called from any thread
   * @param trust which clients may connect
   * @throws IllegalArgumentException if identity or trust cannot be read or do not fit together
   */
  public JsseTlsServerEngineFactory(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      PeerTrust trust,
      TlsVersion minimum) {
    this.random = random;
    this.wallSeconds = wallSeconds;
    this.minimum = minimum;
    this.context = load(identity, trust);
  }

  /** Believing the clients of CAs. */
  public JsseTlsServerEngineFactory(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      List<byte[]> anchorsDer,
      TlsVersion minimum) {
    this(random, wallSeconds, identity, PeerTrust.authorities(anchorsDer), minimum);
  }

  @Override
  public void replace(TlsIdentity identity, PeerTrust trust) {
    context = load(identity, trust);
  }

  private JsseContext load(TlsIdentity identity, PeerTrust trust) {
    return new JsseContext(
        false,
        random,
        new JsseIdentity(identity),
        new PeerVerifier(trust, KeyPurposeId.id_kp_clientAuth, wallSeconds),
        null,
        minimum,
        TlsVersion.TLS13);
  }

  @Override
  public TlsEngine create() {
    return new JsseTlsEngine(context);
  }
}

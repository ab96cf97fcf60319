package dev.ovenbird.protocol.tls;

import java.security.SecureRandom;
import java.util.List;
import java.util.function.LongSupplier;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.jspecify.annotations.Nullable;

/**
 * Client side TLS by the JDK: as {@link BcTlsClientEngineFactory}, but without the hybrid group
 * X25519MLKEM768. Thread-safe.
 */
public final class JsseTlsClientEngineFactory implements TlsEngineFactory {
  private final JsseContext context;

  /**
   * @param random source of randomness; used by every engine, so it must be thread-safe
   * @param wallSeconds Unix time for the dates in certificates; called from any thread
   * @param trust which servers are believed
   * @param expectedServerName subject CN that the server must have, exactly; null = any
   * @throws IllegalArgumentException if identity or trust cannot be read or do not fit together
   */
  public JsseTlsClientEngineFactory(
      SecureRandom random,
      LongSupplier wallSeconds,
      TlsIdentity identity,
      PeerTrust trust,
      @Nullable String expectedServerName,
      TlsVersion minimum,
      TlsVersion maximum) {
    this.context =
        new JsseContext(
            true,
            random,
            new JsseIdentity(identity),
            new PeerVerifier(trust, KeyPurposeId.id_kp_serverAuth, wallSeconds),
            expectedServerName,
            minimum,
            maximum);
  }

  /** Believing the servers of CAs. */
  public JsseTlsClientEngineFactory(
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
    return new JsseTlsEngine(context);
  }
}

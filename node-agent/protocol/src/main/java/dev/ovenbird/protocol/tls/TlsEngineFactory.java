package dev.ovenbird.protocol.tls;

/** Makes the TLS engine of one negotiation, in the role that the factory was built for. */
public interface TlsEngineFactory {
  TlsEngine create();

  /**
   * Whether its engines can export keying material. A server whose engine can't makes data keys by
   * the legacy PRF, which every client understands (digest 4.2).
   */
  default boolean exportsKeys() {
    return true;
  }
}

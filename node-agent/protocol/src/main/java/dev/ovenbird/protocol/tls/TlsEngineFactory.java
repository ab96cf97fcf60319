package dev.ovenbird.protocol.tls;

/** Makes the TLS engine of one negotiation, in the role that the factory was built for. */
public interface TlsEngineFactory {
  TlsEngine create();
}

package dev.ovenbird.protocol.tls;

import java.util.List;

/**
 * Makes server engines whose certificate, key and trust can be exchanged while running (renewal, CA
 * rotation).
 */
public interface TlsServerEngineFactory extends TlsEngineFactory {
  /**
   * Counts from the next engine on.
   *
   * @throws IllegalArgumentException if they cannot be read or do not fit together; the old ones
   *     then stay
   */
  void replace(TlsIdentity identity, PeerTrust trust);

  /** The same, with CA certificates. */
  default void replace(TlsIdentity identity, List<byte[]> anchorsDer) {
    replace(identity, PeerTrust.authorities(anchorsDer));
  }
}

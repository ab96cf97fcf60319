package dev.ovenbird.protocol.tls;

import java.util.List;

/**
 * What one side proves itself by.
 *
 * @param certificateChainDer the leaf first, then what leads to the anchors of all peers
 *     (intermediates, cross-signed CAs); no anchor needed
 * @param privateKeyPkcs8 key of the leaf, unencrypted: EC on P-256, P-384 or P-521, RSA, or Ed25519
 */
public record TlsIdentity(List<byte[]> certificateChainDer, byte[] privateKeyPkcs8) {
  public TlsIdentity {
    certificateChainDer = List.copyOf(certificateChainDer);
  }

  /** Without secrets. */
  @Override
  public String toString() {
    return "TlsIdentity[" + certificateChainDer.size() + " certificates]";
  }
}

package dev.ovenbird.protocol.data;

/** Makes {@link Aead}s; one per crypto library. */
public interface AeadProvider {
  /** Name for logs, such as {@code jdk}. */
  String name();

  /** Makes a cipher for one direction; the key bytes are copied, the caller wipes its own. */
  Aead create(DataCipher cipher, byte[] key, boolean forSealing);
}

package dev.ovenbird.app.roster;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is baked into every wrapped client key: type {@code 00} (user-defined), version {@code 01},
 * cluster UID, client UID (design.md "Certificates"). Authenticated by the tls-crypt-v2 server key.
 */
record ClientKeyMetadata(UUID clusterUid, UUID clientUid) {
  static final int LENGTH = 34;

  /** Null if the bytes are anything else. */
  static @Nullable ClientKeyMetadata parse(byte[] metadata) {
    if (metadata.length != LENGTH || metadata[0] != 0 || metadata[1] != 1) {
      return null;
    }
    ByteBuffer buffer = ByteBuffer.wrap(metadata, 2, LENGTH - 2);
    return new ClientKeyMetadata(
        new UUID(buffer.getLong(), buffer.getLong()), new UUID(buffer.getLong(), buffer.getLong()));
  }

  /** The SAN URI that a certificate of the same client carries. */
  String uri() {
    return "urn:ovenbird:" + clusterUid + ":" + clientUid;
  }
}

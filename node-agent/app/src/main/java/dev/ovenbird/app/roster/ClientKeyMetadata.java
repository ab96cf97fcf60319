package dev.ovenbird.app.roster;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is baked into every wrapped client key: type {@code 00} (user-defined), version {@code 01},
 * cluster UID, client UID (design.md "Certificates"). Authenticated by the tls-crypt-v2 server key.
 */
public record ClientKeyMetadata(UUID clusterUid, UUID clientUid) {
  static final int LENGTH = 34;

  static final String URI_PREFIX = "urn:ovenbird:";

  private static final int UUID_CHARACTERS = 36;

  /** Null if the bytes are anything else. */
  static @Nullable ClientKeyMetadata parse(byte[] metadata) {
    if (metadata.length != LENGTH || metadata[0] != 0 || metadata[1] != 1) {
      return null;
    }
    ByteBuffer buffer = ByteBuffer.wrap(metadata, 2, LENGTH - 2);
    return new ClientKeyMetadata(
        new UUID(buffer.getLong(), buffer.getLong()), new UUID(buffer.getLong(), buffer.getLong()));
  }

  /** The two that {@link #uri} names; null if the text is anything else. */
  static @Nullable ClientKeyMetadata ofUri(@Nullable String uri) {
    int between = URI_PREFIX.length() + UUID_CHARACTERS;
    if (uri == null || uri.length() != between + 1 + UUID_CHARACTERS) {
      return null;
    }
    try {
      ClientKeyMetadata named =
          new ClientKeyMetadata(
              UUID.fromString(uri.substring(URI_PREFIX.length(), between)),
              UUID.fromString(uri.substring(between + 1)));
      // One client has one name: UUIDs are also read in other spellings.
      return named.uri().equals(uri) ? named : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** What {@link #parse} reads. */
  public byte[] bytes() {
    return ByteBuffer.allocate(LENGTH)
        .put((byte) 0)
        .put((byte) 1)
        .putLong(clusterUid.getMostSignificantBits())
        .putLong(clusterUid.getLeastSignificantBits())
        .putLong(clientUid.getMostSignificantBits())
        .putLong(clientUid.getLeastSignificantBits())
        .array();
  }

  /** The SAN URI that a certificate of the same client carries. */
  public String uri() {
    return URI_PREFIX + clusterUid + ":" + clientUid;
  }
}

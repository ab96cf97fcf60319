package dev.ovenbird.operator.issue;

import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.UUID;

/** tls-crypt-v2 client keys that name their client. */
public final class ClientKeys {
  private static final byte USER_DATA = 0;
  private static final byte VERSION = 1;
  private static final int UUID_BYTES = 16;

  private ClientKeys() {}

  /** A new client key, wrapped by the newest server key. */
  public static ClientKeyFile issue(
      TlsCryptV2ServerKey serverKey, String clusterUid, String clientUid, SecureRandom random) {
    StaticKey key = StaticKey.random(random);
    return new ClientKeyFile(
        key, WrappedClientKey.wrap(serverKey, key, metadata(clusterUid, clientUid)));
  }

  /** {@code 00 01}, cluster UID (16), client UID (16): fixed for good, profiles last ten years. */
  public static byte[] metadata(String clusterUid, String clientUid) {
    UUID cluster = UUID.fromString(clusterUid);
    UUID client = UUID.fromString(clientUid);
    return ByteBuffer.allocate(2 + 2 * UUID_BYTES)
        .put(USER_DATA)
        .put(VERSION)
        .putLong(cluster.getMostSignificantBits())
        .putLong(cluster.getLeastSignificantBits())
        .putLong(client.getMostSignificantBits())
        .putLong(client.getLeastSignificantBits())
        .array();
  }
}

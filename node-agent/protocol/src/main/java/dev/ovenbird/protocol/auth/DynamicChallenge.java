package dev.ovenbird.protocol.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * State ids of dynamic challenges (digest 6.6): they say, signed by the cluster's key, that a
 * user's password was right a moment ago, on the client that he came with. So the answer may go to
 * any instance, and none keeps anything.
 */
public final class DynamicChallenge {
  /** For so long a challenge can be answered. */
  static final long SECONDS = 120;

  private static final int MAC_BYTES = 32;
  private static final int BYTES = Long.BYTES + MAC_BYTES;

  private final List<AuthTokenKey> keys;

  DynamicChallenge(List<AuthTokenKey> keys) {
    this.keys = keys;
  }

  /** Without {@code :}. */
  String issue(String username, String clientId, long wallSeconds) {
    long end = wallSeconds + SECONDS;
    byte[] raw =
        ByteBuffer.allocate(BYTES)
            .putLong(end)
            .put(mac(keys.getFirst(), username, clientId, end))
            .array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(raw);
  }

  /** Whether it was issued for that user and certificate, and is not too old. */
  boolean isValid(String username, String clientId, String stateId, long wallSeconds) {
    byte[] raw;
    try {
      raw = Base64.getUrlDecoder().decode(stateId);
    } catch (IllegalArgumentException e) {
      return false;
    }
    if (raw.length != BYTES) {
      return false;
    }
    long end = ByteBuffer.wrap(raw).getLong();
    byte[] given = Arrays.copyOfRange(raw, Long.BYTES, BYTES);
    boolean signed = false;
    for (AuthTokenKey key : keys) {
      signed |= MessageDigest.isEqual(given, mac(key, username, clientId, end));
    }
    return signed && wallSeconds <= end;
  }

  private static byte[] mac(AuthTokenKey key, String username, String clientId, long end) {
    byte[] name = username.getBytes(UTF_8);
    return key.challengeMac(
        ByteBuffer.allocate(Integer.BYTES + Long.BYTES).putInt(name.length).putLong(end).array(),
        name,
        clientId.getBytes(UTF_8));
  }

  /**
   * A challenge as a client is told it.
   *
   * @param stateId to be sent back with the answer
   */
  public record Asked(String stateId, String username, String text, boolean echo) {
    private static final String WORD = "CRV1:";

    /** More than a person reads; the whole message has its limit. */
    private static final int MAX_TEXT = 256;

    /** The reason of its AUTH_FAILED. */
    public String reason() {
      return WORD
          + (echo ? "R,E:" : "R:")
          + stateId
          + ":"
          + Base64.getEncoder().encodeToString(username.getBytes(UTF_8))
          + ":"
          + text.substring(0, Math.min(MAX_TEXT, text.length()));
    }

    /**
     * Reads the reason of an AUTH_FAILED.
     *
     * @throws IllegalArgumentException if it is no challenge
     */
    public static Asked parse(String reason) {
      String[] parts = reason.split(":", 5);
      if (!reason.startsWith(WORD) || parts.length != 5) {
        throw new IllegalArgumentException("no dynamic challenge");
      }
      return new Asked(
          parts[2],
          new String(Base64.getDecoder().decode(parts[3]), UTF_8),
          parts[4],
          List.of(parts[1].split(",", -1)).contains("E"));
    }
  }
}

package dev.ovenbird.protocol.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * Tokens that stand for a password that was right (digest 6.9, the reference's format): {@code
 * SESS_ID_AT_} and base64 of session id (12 bytes), time of the log-in and time of issue (8 bytes
 * each, Unix seconds), HMAC-SHA256 over user name and these. No instance keeps anything of them, so
 * any instance with the key accepts them.
 */
public final class AuthTokens {
  public static final int SESSION_ID_BYTES = 12;

  /** Clocks of instances may differ by so much: a token from the future is still good. */
  static final long SKEW_SECONDS = 60;

  private static final byte[] PREFIX = "SESS_ID_AT_".getBytes(US_ASCII);
  private static final int TIMES_BYTES = 16;
  private static final int SIGNED_BYTES = SESSION_ID_BYTES + TIMES_BYTES;
  private static final int BYTES = SIGNED_BYTES + 32;
  private static final int ENCODED_LENGTH = BYTES / 3 * 4;

  private final List<AuthTokenKey> keys;
  private final long lifetimeSeconds;
  private final long renewalSeconds;

  /**
   * @param keys the first signs, all are accepted
   * @param lifetimeSeconds for how long after a log-in tokens follow one another; 0 = without end
   * @param renewalSeconds how often a connected client gets the next one; each is good for twice
   *     that
   */
  public AuthTokens(List<AuthTokenKey> keys, long lifetimeSeconds, long renewalSeconds) {
    if (keys.isEmpty() || renewalSeconds < 1 || lifetimeSeconds < 0) {
      throw new IllegalArgumentException("tokens need a key and a time of renewal");
    }
    this.keys = List.copyOf(keys);
    this.lifetimeSeconds = lifetimeSeconds;
    this.renewalSeconds = renewalSeconds;
  }

  /**
   * A log-in that tokens continue.
   *
   * @param sessionId 12 bytes, the same in all its tokens; as they are in base64
   * @param initialSeconds when the password was checked, Unix time
   */
  public record Login(String username, String sessionId, long initialSeconds) {
    /**
     * @param random 12 bytes
     */
    public static Login begin(String username, byte[] random, long wallSeconds) {
      return new Login(
          username,
          Base64.getEncoder().encodeToString(Arrays.copyOf(random, SESSION_ID_BYTES)),
          wallSeconds);
    }

    /** The same session, the password checked again. */
    public Login again(long wallSeconds) {
      return new Login(username, sessionId, wallSeconds);
    }
  }

  /** What a token is worth. */
  public sealed interface Verdict {
    record Valid(Login login) implements Verdict {}

    /** Signed by us, but its time is over. */
    record Expired() implements Verdict {}

    /** Not one of ours, or not this user's. */
    record Forged() implements Verdict {}
  }

  public long renewalSeconds() {
    return renewalSeconds;
  }

  /** Whether a password is meant to be a token, good or bad. */
  public static boolean isToken(byte[] password) {
    return password.length >= PREFIX.length
        && Arrays.equals(password, 0, PREFIX.length, PREFIX, 0, PREFIX.length);
  }

  /** A token of that log-in, issued now. */
  public String issue(Login login, long wallSeconds) {
    byte[] raw = new byte[BYTES];
    ByteBuffer out = ByteBuffer.wrap(raw);
    out.put(Base64.getDecoder().decode(login.sessionId()));
    out.putLong(login.initialSeconds());
    out.putLong(wallSeconds);
    out.put(mac(keys.getFirst(), login.username(), raw));
    return new String(PREFIX, US_ASCII) + Base64.getEncoder().encodeToString(raw);
  }

  /**
   * Judges a token. One that was made for the empty user name is nobody's here: only an outside
   * authority could say whose (digest 6.9).
   */
  public Verdict verify(String username, byte[] password, long wallSeconds) {
    if (password.length != PREFIX.length + ENCODED_LENGTH || username.isEmpty()) {
      return new Verdict.Forged();
    }
    byte[] raw;
    try {
      raw =
          Base64.getDecoder()
              .decode(
                  new String(password, PREFIX.length, ENCODED_LENGTH, ISO_8859_1)
                      .getBytes(ISO_8859_1));
    } catch (IllegalArgumentException e) {
      return new Verdict.Forged();
    }
    if (raw.length != BYTES || !isSigned(username, raw)) {
      return new Verdict.Forged();
    }
    ByteBuffer in = ByteBuffer.wrap(raw);
    byte[] sessionId = new byte[SESSION_ID_BYTES];
    in.get(sessionId);
    long initial = in.getLong();
    long issued = in.getLong();
    boolean inTime =
        wallSeconds >= issued - SKEW_SECONDS
            && wallSeconds < issued + 2 * renewalSeconds
            && issued >= initial - SKEW_SECONDS
            && (lifetimeSeconds == 0 || wallSeconds <= initial + lifetimeSeconds);
    return inTime
        ? new Verdict.Valid(
            new Login(username, Base64.getEncoder().encodeToString(sessionId), initial))
        : new Verdict.Expired();
  }

  private boolean isSigned(String username, byte[] raw) {
    boolean signed = false;
    byte[] given = Arrays.copyOfRange(raw, SIGNED_BYTES, BYTES);
    for (AuthTokenKey key : keys) {
      signed |= MessageDigest.isEqual(given, mac(key, username, raw));
    }
    return signed;
  }

  private static byte[] mac(AuthTokenKey key, String username, byte[] raw) {
    return key.tokenMac(username.getBytes(UTF_8), Arrays.copyOf(raw, SIGNED_BYTES));
  }

  DynamicChallenge challenges() {
    return new DynamicChallenge(keys);
  }

  @Override
  public String toString() {
    return "AuthTokens";
  }
}

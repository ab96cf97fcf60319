package dev.ovenbird.protocol.auth;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to log in.
 *
 * @param username at most {@link #MAX_USERNAME} bytes as UTF-8, without control characters
 * @param password bytes as the client sent them; empty if {@code passwordProven}. Wiped when {@link
 *     Authenticator#decide} returns
 * @param response what the person answered to a challenge, static or dynamic; null if there was
 *     none
 * @param passwordProven whether this answers a challenge of ours: then the password was right a
 *     moment ago, and only {@code response} is left to judge
 * @param clientId who the certificate says it is
 * @param commonName of that certificate
 * @param source address that the client comes from, as text
 */
public record Attempt(
    String username,
    byte[] password,
    @Nullable String response,
    boolean passwordProven,
    String clientId,
    String commonName,
    String source) {
  public static final int MAX_USERNAME = 255;
  public static final int MAX_PASSWORD = 1024;

  /** Overwrites the password. */
  public void wipe() {
    Arrays.fill(password, (byte) 0);
  }

  /** Without secrets, and without what a stranger chose. */
  @Override
  public String toString() {
    return "Attempt of " + clientId;
  }
}

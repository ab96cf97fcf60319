package dev.ovenbird.app.password;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;

/**
 * Judges codes: one of now, of the step before or after, and none twice (RFC 6238, 5.2). Remembers
 * the last step that each user has used, for as long as it could be used again; other instances
 * don't know of it.
 */
final class UsedCodes {
  private static final int WINDOW = 1;

  private final Map<String, Long> lastSteps = new HashMap<>();

  /** Whether the code is right, and uses it up. */
  synchronized boolean accept(String user, CodeSecret secret, String typed, long wallSeconds) {
    byte[] code = typed.replace(" ", "").getBytes(US_ASCII);
    long now = wallSeconds / CodeSecret.STEP_SECONDS;
    lastSteps.values().removeIf(step -> step < now - WINDOW);
    long last = lastSteps.getOrDefault(user, Long.MIN_VALUE);
    long right = Long.MIN_VALUE;
    for (long step = now - WINDOW; step <= now + WINDOW; step++) {
      boolean same = MessageDigest.isEqual(code, secret.code(step).getBytes(US_ASCII));
      if (same && step > last) {
        right = step;
      }
    }
    if (right == Long.MIN_VALUE) {
      return false;
    }
    lastSteps.put(user, right);
    return true;
  }
}

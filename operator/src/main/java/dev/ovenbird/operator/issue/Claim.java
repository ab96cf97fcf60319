package dev.ovenbird.operator.issue;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whose an address is. As text {@code UID NAME} or {@code UID NAME TIME}.
 *
 * @param uid of the client
 * @param client its name, in Kubernetes with its namespace: who comes back by it gets the address
 *     again
 * @param released since when the client is gone or has another address; null while it is its
 */
public record Claim(String uid, String client, @Nullable Instant released) {
  public boolean isHeld() {
    return released == null;
  }

  boolean isHeldBy(String other) {
    return released == null && uid.equals(other);
  }

  Claim release(Instant now) {
    return new Claim(uid, client, now.truncatedTo(ChronoUnit.SECONDS));
  }

  /** Never fails: what nobody can read is nobody's that is there, so that it is not given away. */
  public static Claim parse(String text) {
    String[] words = text.strip().split(" ", 3);
    try {
      return new Claim(
          words[0],
          words.length < 2 ? "" : words[1],
          words.length < 3 ? null : Instant.parse(words[2]));
    } catch (DateTimeException e) {
      return new Claim(words[0], words[1], null);
    }
  }

  public String text() {
    return uid + " " + client + (released == null ? "" : " " + released);
  }
}

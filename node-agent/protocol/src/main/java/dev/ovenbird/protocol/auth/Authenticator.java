package dev.ovenbird.protocol.auth;

import org.jspecify.annotations.Nullable;

/**
 * Decides on a user name and a password. Asked on a thread where it may take its time (a hash, a
 * question to another program), by several threads at once, and only after certificate and roster
 * have admitted the client. A token that stands for a password never comes here.
 */
public interface Authenticator {
  /** What is thrown counts as {@link Decision.Unavailable}. */
  Decision decide(Attempt attempt);

  /**
   * Whether a client may log in under a name at all, asked at once and of tokens too: null if it
   * may, else what it is told. Attempts are {@link #decide}'s to refuse for the same reason.
   *
   * @param commonName of the client's certificate
   */
  default @Nullable String refusesName(String username, String commonName) {
    return null;
  }

  /** The answer. */
  sealed interface Decision {
    /** The user is who he says. */
    record Accepted() implements Decision {}

    /** He is not, or not proven to be; the client is told {@code AUTH_FAILED,reason}. */
    record Refused(String reason) implements Decision {}

    /**
     * The password is right and something more is asked for: the client comes again with the
     * answer, perhaps to another instance, as an {@link Attempt} that is {@link
     * Attempt#passwordProven}.
     *
     * @param text what the person is asked, printable ASCII
     * @param echo whether the answer may be seen while it is typed
     */
    record Challenged(String text, boolean echo) implements Decision {}

    /** Nobody can say now: the client is sent away for a moment. */
    record Unavailable(String reason) implements Decision {}
  }
}

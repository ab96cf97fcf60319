package dev.ovenbird.protocol.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ovenbird.protocol.auth.AuthTokens.Login;
import dev.ovenbird.protocol.tls.PeerIdentity;
import org.jspecify.annotations.Nullable;

/**
 * That clients need a user name and a password, and how it is judged: a token at once, everything
 * else by the authenticator.
 */
public record PasswordPolicy(Authenticator authenticator, AuthTokens tokens) {
  private static final String INCOMPLETE =
      "this VPN asks for a user name and a password: use a current profile";

  /** What comes of a client's user name and password. */
  public sealed interface Step {
    /** Done: the login is good. */
    record LoggedIn(Login login) implements Step {}

    /** Done: what the client is told after AUTH_FAILED. */
    record Refused(String reason) implements Step {}

    /** Only the authenticator can say. */
    record Ask(Attempt attempt) implements Step {}
  }

  /**
   * Looks at what a client has sent.
   *
   * @param password the field of its message; not kept
   * @param before the session's login; null if this is its first key exchange
   * @param identity proven by certificate, and admitted as {@code clientId}
   * @param source the client's address
   */
  public Step begin(
      String username,
      byte[] password,
      @Nullable Login before,
      PeerIdentity identity,
      String clientId,
      String source,
      long wallSeconds) {
    if (username.isEmpty() || password.length == 0) {
      return new Step.Refused(INCOMPLETE);
    }
    if (username.getBytes(UTF_8).length > Attempt.MAX_USERNAME
        || password.length > Attempt.MAX_PASSWORD) {
      return new Step.Refused("user name or password too long");
    }
    if (before != null && !before.username().equals(username)) {
      return new Step.Refused("user name changed during the session");
    }
    if (AuthTokens.isToken(password)) {
      return token(username, password, before, identity, wallSeconds);
    }
    PasswordField field = PasswordField.parse(password);
    if (field == null) {
      return new Step.Refused("malformed answer to a challenge");
    }
    String stateId = field.stateId();
    if (stateId == null && field.password().length == 0) {
      // A directory takes a name without a password for an anonymous bind, and says yes.
      return new Step.Refused(INCOMPLETE);
    }
    if (stateId != null && !tokens.challenges().isValid(username, clientId, stateId, wallSeconds)) {
      return new Step.Refused("the challenge is too old or another's: log in again");
    }
    return new Step.Ask(
        new Attempt(
            username,
            field.password(),
            field.response(),
            stateId != null,
            clientId,
            identity.commonName(),
            source));
  }

  private Step token(
      String username,
      byte[] password,
      @Nullable Login before,
      PeerIdentity identity,
      long wallSeconds) {
    String refusal = authenticator.refusesName(username, identity.commonName());
    if (refusal != null) {
      return new Step.Refused(refusal);
    }
    return switch (tokens.verify(username, password, wallSeconds)) {
      case AuthTokens.Verdict.Valid(Login login) ->
          before == null || before.sessionId().equals(login.sessionId())
              ? new Step.LoggedIn(login)
              : new Step.Refused("SESSION: token of another session");
      case AuthTokens.Verdict.Expired _ -> new Step.Refused("SESSION: token expired");
      case AuthTokens.Verdict.Forged _ -> new Step.Refused("SESSION: token not valid");
    };
  }

  /**
   * What the authenticator's answer comes to.
   *
   * @param comesBack whether the client knows a temporary refusal (digest 6.6)
   * @param random {@link AuthTokens#SESSION_ID_BYTES} bytes
   */
  public Step decided(
      Authenticator.Decision decision,
      Attempt attempt,
      @Nullable Login before,
      boolean comesBack,
      byte[] random,
      long wallSeconds) {
    String username = attempt.username();
    return switch (decision) {
      case Authenticator.Decision.Accepted _ ->
          new Step.LoggedIn(
              before == null
                  ? Login.begin(username, random, wallSeconds)
                  : before.again(wallSeconds));
      case Authenticator.Decision.Refused(String reason) -> new Step.Refused(reason);
      case Authenticator.Decision.Challenged(String text, boolean echo) ->
          new Step.Refused(
              new DynamicChallenge.Asked(
                      tokens.challenges().issue(username, attempt.clientId(), wallSeconds),
                      username,
                      text,
                      echo)
                  .reason());
      case Authenticator.Decision.Unavailable(String reason) ->
          new Step.Refused(comesBack ? "TEMP[backoff 5,advance remote]:" + reason : reason);
    };
  }

  @Override
  public String toString() {
    return "PasswordPolicy";
  }
}

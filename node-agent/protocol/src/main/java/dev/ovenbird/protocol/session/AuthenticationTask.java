package dev.ovenbird.protocol.session;

import dev.ovenbird.protocol.auth.Attempt;
import dev.ovenbird.protocol.auth.Authenticator;
import dev.ovenbird.protocol.auth.Authenticator.Decision;
import dev.ovenbird.protocol.auth.PasswordPolicy;
import dev.ovenbird.protocol.message.ClientKeyMethod2;
import dev.ovenbird.protocol.tls.PeerIdentity;

/**
 * A question to the {@link Authenticator}, while the key exchange that it belongs to waits. It may
 * wait for another program: hosts run these apart from what only computes. Touches nothing but the
 * attempt.
 */
public final class AuthenticationTask implements SlowTask {
  final ServerNegotiator negotiator;
  final KeyState key;
  final ClientKeyMethod2 message;
  final PeerIdentity identity;
  final PasswordPolicy policy;
  final Attempt attempt;

  private Decision decision = new Decision.Unavailable("nobody has checked the password");

  AuthenticationTask(
      ServerNegotiator negotiator,
      KeyState key,
      ClientKeyMethod2 message,
      PeerIdentity identity,
      PasswordPolicy policy,
      Attempt attempt) {
    this.negotiator = negotiator;
    this.key = key;
    this.message = message;
    this.identity = identity;
    this.policy = policy;
    this.attempt = attempt;
  }

  @Override
  public void run() {
    try {
      decision = policy.authenticator().decide(attempt);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      // Fails closed; what it threw may quote the password.
      decision = new Decision.Unavailable("passwords cannot be checked now");
    } finally {
      attempt.wipe();
    }
  }

  @Override
  public void abandon() {
    decision = new Decision.Unavailable("too many log-ins at once: try again");
    attempt.wipe();
  }

  Decision decision() {
    return decision;
  }

  @Override
  public String toString() {
    return "AuthenticationTask";
  }
}

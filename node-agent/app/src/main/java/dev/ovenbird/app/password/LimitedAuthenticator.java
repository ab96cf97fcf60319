package dev.ovenbird.app.password;

import dev.ovenbird.crds.instance.InstanceConfig.Usernames;
import dev.ovenbird.protocol.auth.Attempt;
import dev.ovenbird.protocol.auth.Authenticator;
import dev.ovenbird.server.LogBudget;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What holds for every log-in, wherever passwords are checked: who may try, how often; the log. */
final class LimitedAuthenticator implements Authenticator {
  private static final Logger LOG = LoggerFactory.getLogger(LimitedAuthenticator.class);

  /** In ten seconds; a client may be refused as often as it can shake hands. */
  static final int MAX_LINES = 20;

  private final LogBudget lines = new LogBudget(MAX_LINES);
  private final Authenticator inner;
  private final Usernames usernames;
  private final LoginLimits limits;
  private final LongSupplier wallSeconds;

  LimitedAuthenticator(
      Authenticator inner, Usernames usernames, LoginLimits limits, LongSupplier wallSeconds) {
    this.inner = inner;
    this.usernames = usernames;
    this.limits = limits;
    this.wallSeconds = wallSeconds;
  }

  @Override
  public Decision decide(Attempt attempt) {
    Decision decision = limited(attempt);
    switch (decision) {
      case Decision.Refused(String reason) -> log(attempt, reason);
      case Decision.Unavailable(String reason) -> log(attempt, reason);
      default -> {
        // A session that opens has a line of its own.
      }
    }
    return decision;
  }

  @Override
  public @Nullable String refusesName(String username, String commonName) {
    return usernames == Usernames.ClientName && !username.equals(commonName)
        ? "this profile takes the user name " + commonName
        : null;
  }

  private Decision limited(Attempt attempt) {
    String refusal = refusesName(attempt.username(), attempt.commonName());
    if (refusal != null) {
      return new Decision.Refused(refusal);
    }
    long now = wallSeconds.getAsLong();
    long wait = limits.wait(attempt.username(), attempt.clientId(), attempt.source(), now);
    if (wait > 0) {
      return new Decision.Refused(
          "too many wrong passwords: try again in " + (wait + 59) / 60 + " minutes");
    }
    Decision decision = inner.decide(attempt);
    if (decision instanceof Decision.Refused) {
      limits.failed(attempt.username(), attempt.clientId(), attempt.source(), now);
    } else if (decision instanceof Decision.Accepted) {
      limits.succeeded(attempt.username(), attempt.clientId());
    }
    return decision;
  }

  private void log(Attempt attempt, String reason) {
    if (!lines.take(System.nanoTime())) {
      return;
    }
    // The client has proven its certificate, but the name is what somebody typed.
    String user = attempt.username().replaceAll("[^A-Za-z0-9@._-]", "_");
    LOG.atWarn()
        .setMessage("Log-in refused")
        .addKeyValue("client", attempt.commonName())
        .addKeyValue("source", attempt.source())
        .addKeyValue("user", user.substring(0, Math.min(64, user.length())))
        .addKeyValue("reason", reason.replaceAll("[^ -~]", "_"))
        .addKeyValue("suppressedLines", lines.takeSuppressed())
        .log();
  }
}

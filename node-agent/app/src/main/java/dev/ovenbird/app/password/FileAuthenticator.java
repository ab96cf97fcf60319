package dev.ovenbird.app.password;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ovenbird.app.password.UserFile.User;
import dev.ovenbird.crds.instance.InstanceConfig.Totp;
import dev.ovenbird.protocol.auth.Attempt;
import dev.ovenbird.protocol.auth.Authenticator;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Checks passwords and codes against a {@link UserFile}. */
final class FileAuthenticator implements Authenticator {
  private static final Decision WRONG = new Decision.Refused("wrong user name, password or code");

  private final UserFile users;
  private final Totp totp;
  private final UsedCodes codes;
  private final LongSupplier wallSeconds;

  FileAuthenticator(UserFile users, Totp totp, UsedCodes codes, LongSupplier wallSeconds) {
    this.users = users;
    this.totp = totp;
    this.codes = codes;
    this.wallSeconds = wallSeconds;
  }

  @Override
  public Decision decide(Attempt attempt) {
    byte[] password = attempt.password();
    String code = attempt.response();
    if (totp == Totp.Static && code == null && !attempt.passwordProven()) {
      // For programs that don't know challenges: the code directly behind the password.
      int split = Math.max(0, password.length - CodeSecret.DIGITS);
      code = new String(password, split, password.length - split, US_ASCII);
      password = Arrays.copyOf(password, split);
    }
    try {
      return decide(attempt, password, code);
    } finally {
      Arrays.fill(password, (byte) 0);
    }
  }

  private Decision decide(Attempt attempt, byte[] password, @Nullable String code) {
    User user = users.user(attempt.username());
    boolean right =
        attempt.passwordProven()
            || (user == null ? users.nobodys() : user.hash()).matches(password);
    if (user == null || !right) {
      return WRONG;
    }
    if (totp == Totp.Disabled) {
      return attempt.passwordProven() ? WRONG : new Decision.Accepted();
    }
    CodeSecret secret = user.codes();
    if (secret == null) {
      return new Decision.Refused("this user has no secret for codes: ask the administrator");
    }
    if (code == null) {
      return new Decision.Challenged("Code of your authenticator app", true);
    }
    return codes.accept(attempt.username(), secret, code, wallSeconds.getAsLong())
        ? new Decision.Accepted()
        : WRONG;
  }
}

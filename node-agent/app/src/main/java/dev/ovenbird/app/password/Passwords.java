package dev.ovenbird.app.password;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.InstanceConfig.Authentication;
import dev.ovenbird.protocol.auth.AuthTokenKey;
import dev.ovenbird.protocol.auth.AuthTokens;
import dev.ovenbird.protocol.auth.Authenticator;
import dev.ovenbird.protocol.auth.PasswordPolicy;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the policy that a configuration asks for, and remembers what must outlive its changes:
 * wrong passwords, used codes, the last good file of users. Confined to one thread; the policies
 * are anybody's.
 */
public final class Passwords {
  private static final Logger LOG = LoggerFactory.getLogger(Passwords.class);

  private final SecureRandom random;
  private final LongSupplier wallSeconds;
  private final LoginLimits limits = new LoginLimits();
  private final UsedCodes codes = new UsedCodes();
  private @Nullable UserFile lastUsers;

  /**
   * @param wallSeconds Unix time
   */
  public Passwords(SecureRandom random, LongSupplier wallSeconds) {
    this.random = random;
    this.wallSeconds = wallSeconds;
  }

  /**
   * What clients need; null if their certificate is enough. Where something for it is missing,
   * nobody is let in, and the log says what.
   *
   * @param keys of tokens
   */
  public @Nullable PasswordPolicy policy(InstanceConfig config, List<AuthTokenKey> keys) {
    Authentication wanted = config.authentication();
    if (wanted == null) {
      return null;
    }
    Authenticator authenticator = authenticator(wanted);
    List<AuthTokenKey> usable = keys;
    if (keys.isEmpty()) {
      // It comes a moment after the configuration; till then a token would be good here alone.
      LOG.error("The key of tokens is missing: nobody can log in until the operator has made it");
      authenticator = _ -> new Authenticator.Decision.Unavailable("the server is not ready yet");
      usable = List.of(AuthTokenKey.random(random));
    }
    return new PasswordPolicy(
        new LimitedAuthenticator(authenticator, wanted.usernames(), limits, wallSeconds),
        new AuthTokens(usable, wanted.tokenLifetimeSeconds(), wanted.tokenRenewalSeconds()));
  }

  private Authenticator authenticator(Authentication wanted) {
    try {
      if (wanted.http() != null) {
        return new HttpAuthenticator(wanted.http());
      }
      if (wanted.usersFile() != null) {
        return new FileAuthenticator(users(wanted.usersFile()), wanted.totp(), codes, wallSeconds);
      }
    } catch (ConfigException e) {
      LOG.error("Nobody can log in: {}", e.getMessage());
    }
    return _ -> new Authenticator.Decision.Unavailable("passwords cannot be checked now");
  }

  private UserFile users(String file) throws ConfigException {
    try {
      UserFile read = UserFile.read(Path.of(file));
      lastUsers = read;
      return read;
    } catch (ConfigException e) {
      UserFile last = lastUsers;
      if (last == null) {
        throw e;
      }
      LOG.error("Users refused, the last ones stay: {}", e.getMessage());
      return last;
    }
  }
}

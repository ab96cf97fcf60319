package dev.ovenbird.app.password;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.StrictJson;
import dev.ovenbird.protocol.auth.Attempt;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Users with their hashed passwords: lines of {@code NAME:HASH} or {@code NAME:HASH:SECRET}, the
 * secret that of an authenticator app's codes in base32. Empty lines and lines that begin with
 * {@code #} are passed over.
 */
public final class UserFile {
  private final Map<String, User> users;
  private final PasswordHash nobodys;

  private UserFile(Map<String, User> users) {
    this.users = users;
    this.nobodys =
        PasswordHash.nobodys(users.values().stream().map(User::hash).toList(), new SecureRandom());
  }

  /**
   * @param codes null if the user has no authenticator app
   */
  record User(PasswordHash hash, @Nullable CodeSecret codes) {}

  /** Reads it; an error names the line and quotes nothing of it. */
  public static UserFile read(Path file) throws ConfigException {
    byte[] bytes = StrictJson.bytes(file);
    try {
      return parse(file.toString(), new String(bytes, UTF_8));
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /**
   * @param source for the error's text
   */
  public static UserFile parse(String source, String text) throws ConfigException {
    Map<String, User> users = new HashMap<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      String stripped = line.strip();
      if (stripped.isEmpty() || stripped.startsWith("#")) {
        continue;
      }
      String[] fields = stripped.split(":", -1);
      String where = source + ", line " + number + ": ";
      if (fields.length < 2 || fields.length > 3 || fields[0].isEmpty()) {
        throw new ConfigException(where + "is not NAME:HASH or NAME:HASH:SECRET; correct it");
      }
      if (fields[0].getBytes(UTF_8).length > Attempt.MAX_USERNAME) {
        throw new ConfigException(
            where + "the name is longer than " + Attempt.MAX_USERNAME + " bytes; shorten it");
      }
      try {
        CodeSecret codes =
            fields.length == 3 && !fields[2].isEmpty() ? CodeSecret.parse(fields[2]) : null;
        User user = new User(PasswordHash.parse(fields[1]), codes);
        if (users.put(fields[0], user) != null) {
          throw new ConfigException(where + "the name is there already; remove one of the two");
        }
      } catch (IllegalArgumentException e) {
        throw new ConfigException(where + e.getMessage(), e);
      }
    }
    return new UserFile(users);
  }

  @Nullable User user(String name) {
    return users.get(name);
  }

  /** What an unknown user's password is compared with: that must take as long as a known one's. */
  PasswordHash nobodys() {
    return nobodys;
  }

  public int size() {
    return users.size();
  }

  @Override
  public String toString() {
    return "UserFile of " + users.size();
  }
}

package dev.ovenbird.e2e.client;

import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.process.Command;

/** Lines of a file of users, as {@code ./ovenbird password} makes them. */
public final class UserLine {
  private UserLine() {}

  /**
   * A user who needs a password alone, or a code, too.
   *
   * @param arguments of {@code ./ovenbird password} after the name, such as {@code --totp}
   */
  public static String of(String name, String password, String... arguments) {
    return Command.run(
            "sh",
            "-c",
            "echo '%s' | %s/bin/java -cp '%s/node-agent/app/target/lib/*' %s %s %s 2>/dev/null"
                .formatted(
                    password,
                    System.getProperty("java.home"),
                    Installation.home(),
                    "dev.ovenbird.app.password.PasswordLine",
                    name,
                    String.join(" ", arguments)))
        .strip();
  }
}

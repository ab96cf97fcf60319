package dev.ovenbird.e2e.cluster;

import dev.ovenbird.e2e.process.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The built repository: how to start what the launcher starts, without building again. */
public final class Installation {
  private static final String MAIN = "dev.ovenbird.operator.local.Main";

  /** The launcher's choice. */
  static final String HEAP = "128m";

  private Installation() {}

  /**
   * The repository's root: system property {@code ovenbird.home}, else what the launcher says, else
   * the folder above that holds the launcher.
   */
  public static Path home() {
    String home = System.getProperty("ovenbird.home", System.getenv("OVENBIRD_HOME"));
    if (home != null) {
      return Path.of(home).toAbsolutePath().normalize();
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isExecutable(at.resolve("ovenbird"))) {
        return at;
      }
    }
    throw new IllegalStateException("not inside Ovenbird's repository: set OVENBIRD_HOME");
  }

  /** What agents' JVMs are started from. */
  public static Map<String, String> environment() {
    return Map.of(
        "OVENBIRD_HOME",
        home().toString(),
        "OVENBIRD_AGENT_CLASSPATH",
        home().resolve("node-agent/app/target/lib") + "/*",
        "JAVA_HOME",
        System.getProperty("java.home"));
  }

  /** What the launcher's build makes too, so that agents start fast; nothing if it is there. */
  static synchronized void makeAgentCache() {
    Command.attempt(
        Duration.ofMinutes(3),
        List.of(
            "env",
            "JAVA_HOME=" + System.getProperty("java.home"),
            home().resolve("node-agent/app/aot").toString()));
  }

  /** {@code ./ovenbird ARGUMENTS} for those commands that the operator's main has. */
  public static List<String> command(String... arguments) {
    return commandWithHeap(HEAP, arguments);
  }

  /** The same with another limit of its heap than the launcher's. */
  static List<String> commandWithHeap(String heap, String... arguments) {
    Path cds = home().resolve(".ovenbird/cds");
    try {
      Files.createDirectories(cds);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-XX:SharedArchiveFile=" + cds.resolve("operator.jsa"),
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "-Xlog:cds*=off,aot*=off:stderr",
                "-cp",
                home().resolve("operator/target/lib") + "/*",
                MAIN));
    command.addAll(Arrays.asList(arguments));
    return command;
  }
}

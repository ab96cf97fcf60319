package dev.ovenbird.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Runs programs in the network namespace of the test. */
public final class Programs {
  private Programs() {}

  public static Process start(String... command) throws IOException {
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  /** Returns what it said, and fails if its exit status is not 0. */
  public static String run(String... command) throws IOException, InterruptedException {
    Process process = start(command);
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(String.join(" ", command) + ": " + said);
    }
    return said;
  }
}

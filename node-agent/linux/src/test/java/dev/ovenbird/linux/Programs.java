package dev.ovenbird.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

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

  /**
   * Gives the loopback an IPv6 address. The kernel adds its route on a thread of its own, after the
   * program has returned; until then what is sent there is lost.
   */
  public static void addToLoopback(String ipv6) throws IOException, InterruptedException {
    run("ip", "addr", "add", ipv6 + "/128", "dev", "lo", "nodad");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (run("ip", "-6", "route", "show", "table", "local", ipv6).isBlank()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError(ipv6 + " has no route");
      }
    }
  }
}

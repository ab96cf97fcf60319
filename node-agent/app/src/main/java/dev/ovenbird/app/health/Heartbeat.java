package dev.ovenbird.app.health;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes how the agent is into a file beside its control socket, again and again, so that an exec
 * probe needs no more than a shell: a JVM for each probe would cost more than an idle agent. One
 * line, {@code ready 1234}: the state, and seconds since the machine started. A loop that hangs
 * answers no status, so the line gets old, and the probe says so.
 */
public final class Heartbeat implements AutoCloseable {
  /** Well below what {@code image/agent} takes for dead. */
  private static final int EVERY_SECONDS = 2;

  private static final Path UPTIME = Path.of("/proc/uptime");
  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

  private final Path file;
  private final Supplier<String> status;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("heartbeat").daemon().factory());
  private boolean failed;

  private Heartbeat(Path file, Supplier<String> status) {
    this.file = file;
    this.status = status;
  }

  /**
   * Begins at once.
   *
   * @param status as the control socket answers it; asked on a thread of its own
   */
  public static Heartbeat start(Path file, Supplier<String> status) {
    Heartbeat heartbeat = new Heartbeat(file, status);
    heartbeat.timer.scheduleWithFixedDelay(heartbeat::beat, 0, EVERY_SECONDS, TimeUnit.SECONDS);
    return heartbeat;
  }

  private void beat() {
    try {
      String state = status.get().startsWith("{\"ready\":true") ? "ready" : "waiting";
      String uptime = Files.readString(UPTIME).split("[. ]", 2)[0];
      Path next = file.resolveSibling(file.getFileName() + ".next");
      Files.writeString(next, state + " " + uptime + "\n");
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      failed = false;
    } catch (IOException | RuntimeException e) {
      if (!failed) {
        LOG.atWarn()
            .setMessage("Cannot tell probes how the agent is")
            .addKeyValue("file", file)
            .addKeyValue("why", e)
            .log();
      }
      failed = true;
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}

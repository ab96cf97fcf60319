package dev.ovenbird.e2e.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A child process that goes on; its lines are kept and can be waited for. */
public final class LoggedProcess implements AutoCloseable {
  /** A folder that logs are kept in when their processes have ended; none if empty. */
  private static final String LOGS = System.getProperty("ovenbird.e2e.logs", "");

  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final int KEPT = 100_000;

  private final String name;
  private final Process process;
  private final Thread reader;

  /** The newest; a server under a flood prints more than fits into memory. */
  private final List<Line> lines = new ArrayList<>();

  private int forgotten;

  /** A line of output and when it came, by {@link System#nanoTime}. */
  public record Line(String text, long atNanos) {}

  private LoggedProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    this.reader = Thread.ofPlatform().name("log-" + name).daemon().unstarted(this::read);
  }

  /** Starts the command; environment variables are added to this process's own. */
  public static LoggedProcess start(
      String name, Map<String, String> environment, List<String> command) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
      builder.environment().putAll(environment);
      LoggedProcess logged = new LoggedProcess(name, builder.start());
      logged.reader.start();
      return logged;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read() {
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        synchronized (lines) {
          if (lines.size() == 2 * KEPT) {
            lines.subList(0, KEPT).clear();
            forgotten += KEPT;
          }
          lines.add(new Line(line, System.nanoTime()));
          lines.notifyAll();
        }
      }
    } catch (IOException e) {
      // The stream ends with the process.
    }
    synchronized (lines) {
      lines.notifyAll();
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** How many lines there are now: where to look on from. */
  public int mark() {
    synchronized (lines) {
      return forgotten + lines.size();
    }
  }

  /** What was printed so far; the newest 100,000 lines at least. */
  public List<String> lines() {
    synchronized (lines) {
      return lines.stream().map(Line::text).toList();
    }
  }

  public long count(String part) {
    return lines().stream().filter(line -> line.contains(part)).count();
  }

  /** The first line from {@code mark} on that contains the text. */
  public Line await(String part, int mark, Duration limit) {
    return await(line -> line.contains(part), "\"" + part + "\"", mark, limit);
  }

  public Line await(String part, Duration limit) {
    return await(part, 0, limit);
  }

  /**
   * Waits for a line.
   *
   * @throws AssertionError with the log's end when none comes in time or the process ends first
   */
  public Line await(Predicate<String> wanted, String description, int mark, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    int next = mark;
    synchronized (lines) {
      while (true) {
        for (next = Math.max(next, forgotten); next < forgotten + lines.size(); next++) {
          if (wanted.test(lines.get(next - forgotten).text())) {
            return lines.get(next - forgotten);
          }
        }
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        boolean ended = !reader.isAlive();
        if (left <= 0 || ended) {
          throw new AssertionError(
              name
                  + (ended ? " ended" : " ran " + limit.toSeconds() + " s")
                  + " without printing "
                  + description
                  + "; its last lines:\n"
                  + tail(60));
        }
        try {
          lines.wait(Math.min(left, 200));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted while waiting for " + name, e);
        }
      }
    }
  }

  /** The last lines, for messages. */
  public String tail(int count) {
    List<String> all = lines();
    return String.join("\n", all.subList(Math.max(0, all.size() - count), all.size()));
  }

  /** Waits for the process's end and returns its exit status. */
  public int awaitExit(Duration limit) {
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(
            name + " still runs after " + limit.toSeconds() + " s; its last lines:\n" + tail(40));
      }
      reader.join(Duration.ofSeconds(2));
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + name, e);
    }
  }

  /** Sends a signal by its name without SIG. */
  public void signal(String signal) {
    Command.attempt(GRACE, List.of("kill", "-" + signal, Long.toString(process.pid())));
  }

  /** SIGTERM, then SIGKILL after a grace time; returns when the process has ended. */
  @Override
  public void close() {
    try {
      process.destroy();
      if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
      reader.join(Duration.ofSeconds(2));
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    keepLog();
  }

  private void keepLog() {
    if (LOGS.isEmpty()) {
      return;
    }
    try {
      Path file =
          Path.of(LOGS, process.pid() + "-" + name.replaceAll("[^A-Za-z0-9.]+", "-") + ".log");
      Files.createDirectories(Path.of(LOGS));
      Files.write(file, lines());
    } catch (IOException e) {
      System.err.println("cannot keep the log of " + this + ": " + e.getMessage());
    }
  }

  @Override
  public String toString() {
    return name + " (pid " + process.pid() + ")";
  }
}

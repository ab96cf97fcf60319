package dev.ovenbird.e2e.kubernetes;

import dev.ovenbird.e2e.process.Cpu;
import dev.ovenbird.e2e.process.LoggedProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A process that tests may kill and start again with the same command. It dies with this JVM,
 * however that ends.
 */
public final class Component implements AutoCloseable {
  private static final Duration END = Duration.ofSeconds(10);

  /**
   * The kernel sends the parent-death signal when the <em>thread</em> that made the process ends:
   * so one that never does.
   */
  private static final ExecutorService PARENT =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("process-parent").daemon().factory());

  private final String name;
  private final Map<String, String> environment;
  private final List<String> command;
  private @Nullable LoggedProcess process;

  public Component(String name, Map<String, String> environment, List<String> command) {
    this.name = name;
    this.environment = Map.copyOf(environment);
    this.command = List.copyOf(command);
  }

  /**
   * Starts it.
   *
   * @throws IllegalStateException when it runs
   */
  public synchronized Component start() {
    if (isAlive()) {
      throw new IllegalStateException(name + " runs already");
    }
    close();
    List<String> line = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "--"));
    line.addAll(command);
    try {
      process = PARENT.submit(() -> LoggedProcess.start(name, environment, line)).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while starting " + name, e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot start " + name, e);
    }
    return this;
  }

  /** kill -9; returns when it has ended. */
  public synchronized void kill() {
    if (isAlive()) {
      log().signal("KILL");
      log().awaitExit(END);
    }
  }

  /** SIGTERM, and SIGKILL after 10 s; returns when it has ended. */
  public synchronized void stop() {
    if (process != null) {
      process.close();
    }
  }

  public synchronized boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** What the running or last process printed. */
  public synchronized LoggedProcess log() {
    if (process == null) {
      throw new IllegalStateException(name + " was never started");
    }
    return process;
  }

  public long pid() {
    return log().pid();
  }

  /** Processor time since its start, in seconds. */
  public double cpuSeconds() {
    return Cpu.seconds(pid());
  }

  /** Resident memory in bytes, as it is or ("VmHWM") at its highest. */
  public long residentBytes() {
    return status("VmRSS");
  }

  public long peakResidentBytes() {
    return status("VmHWM");
  }

  private long status(String field) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid()), "status"))) {
        if (line.startsWith(field + ":")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
      throw new IllegalStateException("no " + field + " of " + this);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it at once and keeps its log. */
  @Override
  public synchronized void close() {
    kill();
    stop();
  }

  @Override
  public String toString() {
    return name;
  }
}

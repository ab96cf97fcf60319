package dev.ovenbird.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An agent in a JVM of its own, inside a network namespace. */
final class AgentProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final Process process;
  private final Thread reader;
  private final BlockingQueue<String> out = new LinkedBlockingQueue<>();
  private final List<String> seen = new ArrayList<>();

  private AgentProcess(Process process) {
    this.process = process;
    this.reader =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try (BufferedReader lines = process.inputReader()) {
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                      out.add(line);
                    }
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
  }

  /**
   * Starts an agent.
   *
   * @param wrapper a command that runs the rest of its line, such as setpriv; may be empty
   */
  static AgentProcess start(String namespace, Path config, String... wrapper) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    command.addAll(List.of(wrapper));
    command.addAll(java("--config", config.toString()));
    return new AgentProcess(new ProcessBuilder(command).start());
  }

  /** Starts one as an image's build does. */
  static AgentProcess rehearse(Path folder, String... options) throws IOException {
    List<String> command = java("--rehearse", folder.toString());
    command.addAll(List.of(options));
    return new AgentProcess(new ProcessBuilder(command).start());
  }

  private static List<String> java(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-Xms8m",
                "-Xmn6m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Agent.class.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Waits for a log line; fails if there is no more to read. */
  String line(String part) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (System.nanoTime() < deadline) {
      String line = out.poll(100, TimeUnit.MILLISECONDS);
      if (line != null) {
        seen.add(line);
        if (line.contains(part)) {
          return line;
        }
      } else if (!reader.isAlive() && out.isEmpty()) {
        break;
      }
    }
    throw new AssertionError("no line with '" + part + "' in " + seen);
  }

  String pid() {
    return Long.toString(process.pid());
  }

  int status() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("still running after " + seen);
    }
    return process.exitValue();
  }

  /** All of standard error, once the process has ended. */
  String errors() throws IOException, InterruptedException {
    status();
    return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  void terminate() {
    process.destroy();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}

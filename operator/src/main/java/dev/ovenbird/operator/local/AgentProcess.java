package dev.ovenbird.operator.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One running agent. Its output goes to ours, each line with its lane. */
final class AgentProcess {
  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration RETIRE = Duration.ofSeconds(10);
  private static final Duration EXIT = Duration.ofSeconds(5);

  private final int lane;
  private final Path socket;
  private final Process process;
  private final Thread output;
  private volatile boolean retiring;

  private AgentProcess(int lane, Path socket, Process process, Consumer<String> lines) {
    this.lane = lane;
    this.socket = socket;
    this.process = process;
    this.output = Thread.ofPlatform().daemon().name("output-" + lane).start(() -> copy(lines));
  }

  /** What happens to an agent; called on threads of its own. */
  interface Events {
    void ready(AgentProcess agent);

    void exited(AgentProcess agent, int status);
  }

  static AgentProcess start(
      int lane, List<String> command, Path socket, Consumer<String> lines, Events events)
      throws LocalException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      AgentProcess agent = new AgentProcess(lane, socket, process, lines);
      Thread.ofVirtual().start(() -> agent.awaitReady(events));
      Thread.ofPlatform().daemon().name("exit-" + lane).start(() -> agent.awaitExit(events));
      return agent;
    } catch (IOException e) {
      throw new LocalException("lane " + lane + ": cannot start Java: " + e.getMessage(), e);
    }
  }

  int lane() {
    return lane;
  }

  boolean isRetiring() {
    return retiring;
  }

  /** Has the agent take away its TUN, routes and rules, and waits until it is gone. */
  void retire() {
    retiring = true;
    try {
      // One that has just been started listens only in a moment.
      long deadline = System.nanoTime() + RETIRE.toNanos();
      while (process.isAlive() && !retire(socket) && System.nanoTime() < deadline) {
        Thread.sleep(POLL);
      }
      if (!process.waitFor(EXIT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
      output.join(1000);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Asks whatever agent listens there to retire; whether it said that it did. */
  static boolean retire(Path socket) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                answer.complete(UnixSocketClient.ask(socket, "retire"));
              } catch (IOException e) {
                answer.complete("");
              }
            });
    return answer
        .completeOnTimeout("", RETIRE.toMillis(), TimeUnit.MILLISECONDS)
        .join()
        .equals("ok");
  }

  private void awaitReady(Events events) {
    while (process.isAlive()) {
      try {
        String status = UnixSocketClient.ask(socket, "status");
        if (StateFile.JSON.readTree(status).path("ready").asBoolean()) {
          events.ready(this);
          return;
        }
      } catch (JsonProcessingException e) {
        return; // Not an agent; its exit will tell.
      } catch (IOException e) {
        // Not listening yet.
      }
      try {
        Thread.sleep(POLL);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void awaitExit(Events events) {
    try {
      int status = process.waitFor();
      output.join(1000);
      events.exited(this, status);
    } catch (InterruptedException e) {
      return;
    }
  }

  private void copy(Consumer<String> lines) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.accept("[lane " + lane + "] " + line);
      }
    } catch (IOException e) {
      return; // The process is gone.
    }
  }
}

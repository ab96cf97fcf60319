package dev.ovenbird.e2e.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** TCP throughput by iperf3. */
public final class Iperf {
  /** Its own choice. */
  public static final int PORT = 5201;

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What the receiver of a run got; of a run both ways at once, both receivers. */
  public record Result(long bytes, double bitsPerSecond) {}

  private Iperf() {}

  /** Starts a server that goes on until the scope ends. */
  public static LoggedProcess serve(Scope scope, Namespace where) {
    return serve(scope, where, PORT);
  }

  /** One on another port: each serves one client at a time. */
  public static LoggedProcess serve(Scope scope, Namespace where, int port) {
    LoggedProcess server =
        scope.add(
            where.start(
                "iperf3 server",
                Map.of(),
                "iperf3",
                "-s",
                "--forceflush",
                "-p",
                Integer.toString(port)));
    server.await("Server listening", Duration.ofSeconds(10));
    return server;
  }

  /**
   * One stream for some seconds; {@code "-R"} among the arguments lets the server send, {@code
   * "--bidir"} both.
   *
   * @throws IllegalStateException when iperf3 reports an error
   */
  public static Result run(Namespace from, String server, int seconds, String... arguments) {
    Command.Result ran =
        from.attempt(Duration.ofSeconds(seconds + 30L), command(server, seconds, arguments));
    return parse(ran.output());
  }

  /** Starts the same in the background; its output goes to {@link #parse}. */
  public static LoggedProcess start(
      Namespace from, String server, int seconds, String... arguments) {
    return from.start("iperf3", Map.of(), command(server, seconds, arguments));
  }

  private static String[] command(String server, int seconds, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of("iperf3", "-J", "-c", server, "-t", Integer.toString(seconds)));
    command.addAll(Arrays.asList(arguments));
    return command.toArray(String[]::new);
  }

  /** Reads iperf3's JSON report. */
  public static Result parse(String output) {
    try {
      JsonNode report = JSON.readTree(output);
      if (report.hasNonNull("error")) {
        throw new IllegalStateException("iperf3: " + report.get("error").asText());
      }
      JsonNode there = report.path("end").path("sum_received");
      JsonNode back = report.path("end").path("sum_received_bidir_reverse");
      return new Result(
          there.path("bytes").asLong() + back.path("bytes").asLong(),
          there.path("bits_per_second").asDouble() + back.path("bits_per_second").asDouble());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("iperf3 printed no report: " + output, e);
    }
  }
}

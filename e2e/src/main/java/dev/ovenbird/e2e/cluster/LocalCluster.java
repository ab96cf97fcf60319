package dev.ovenbird.e2e.cluster;

import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code ovenbird up} in a namespace. */
public final class LocalCluster implements AutoCloseable {
  /** How long a start may take on a busy machine; how long it should take is another matter. */
  public static final Duration READY = Duration.ofSeconds(45);

  private final Namespace namespace;
  private final Path file;
  private final Path state;
  private final LoggedProcess process;

  private LocalCluster(Namespace namespace, Path file, Path state, LoggedProcess process) {
    this.namespace = namespace;
    this.file = file;
    this.state = state;
    this.process = process;
  }

  /** Writes the YAML below {@code dir}, starts the cluster, and waits until it is ready. */
  public static LocalCluster start(Scope scope, Namespace where, Path dir, ClusterSpec spec) {
    return start(scope, where, dir, spec, Map.of());
  }

  /** The same with more environment variables, which instances inherit. */
  public static LocalCluster start(
      Scope scope, Namespace where, Path dir, ClusterSpec spec, Map<String, String> environment) {
    LocalCluster cluster = launch(scope, where, dir, spec.yaml(), environment, Installation.HEAP);
    cluster.process.await("Ready:", READY);
    return cluster;
  }

  /** Starts it with any text as its file, and waits for nothing. */
  public static LocalCluster launch(Scope scope, Namespace where, Path dir, String yaml) {
    return launch(scope, where, dir, yaml, Map.of(), Installation.HEAP);
  }

  /**
   * The same with more environment variables, and another heap of what issues certificates and
   * renders profiles.
   */
  public static LocalCluster launch(
      Scope scope,
      Namespace where,
      Path dir,
      String yaml,
      Map<String, String> environment,
      String heap) {
    Path file = dir.resolve("cluster.yaml");
    Path state = dir.resolve("state");
    write(file, yaml);
    Installation.makeAgentCache();
    List<String> command =
        Installation.commandWithHeap(heap, "up", "-f", file.toString(), "--dir", state.toString());
    Map<String, String> variables = new HashMap<>(Installation.environment());
    variables.putAll(environment);
    return scope.add(
        new LocalCluster(
            where,
            file,
            state,
            where.start("ovenbird up", variables, command.toArray(String[]::new))));
  }

  public LoggedProcess log() {
    return process;
  }

  /** The folder with CA, addresses and profiles. */
  public Path state() {
    return state;
  }

  /** Replaces the file while the cluster runs. */
  public void apply(ClusterSpec spec) {
    replaceFile(spec.yaml());
  }

  /** The same with any text. */
  public void replaceFile(String text) {
    write(file, text);
  }

  public Path profileFile(String client) {
    return state.resolve("profiles").resolve(client + ".ovpn");
  }

  public Profile profile(String client) {
    return Profile.read(profileFile(client));
  }

  /** Waits until a client's profile is there. */
  public Path awaitProfile(String client, Duration limit) {
    Await.until("profile of " + client, limit, () -> profileFile(client), Files::exists);
    return profileFile(client);
  }

  /** The running instances, by lane. */
  public List<Instance> instances() {
    List<Instance> instances = new ArrayList<>();
    for (String line : Command.run("ip", "netns", "pids", namespace.name()).lines().toList()) {
      instances.addAll(Instance.of(namespace, Long.parseLong(line.strip())));
    }
    instances.sort(Comparator.comparingInt(Instance::lane));
    return instances;
  }

  /**
   * The instance of a lane.
   *
   * @throws AssertionError when it does not run
   */
  public Instance instance(int lane) {
    return instances().stream()
        .filter(instance -> instance.lane() == lane)
        .findFirst()
        .orElseThrow(
            () -> new AssertionError("lane " + lane + " does not run\n" + process.tail(60)));
  }

  /** {@code ovenbird instance stop LANE}, or start. */
  public Command.Result command(String verb, int lane) {
    List<String> command = new ArrayList<>(List.of("env"));
    Installation.environment().forEach((name, value) -> command.add(name + "=" + value));
    command.addAll(
        Installation.command("instance", verb, Integer.toString(lane), "--dir", state.toString()));
    return namespace.attempt(Duration.ofSeconds(30), command.toArray(String[]::new));
  }

  /** Ctrl-C, and its exit status. */
  public int interrupt() {
    process.signal("INT");
    return process.awaitExit(Duration.ofSeconds(30));
  }

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(java.util.Objects.requireNonNull(file.toAbsolutePath().getParent()));
      Path next = file.resolveSibling(file.getFileName() + ".next");
      Files.writeString(next, text);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.close();
  }

  @Override
  public String toString() {
    return "cluster of " + file;
  }
}

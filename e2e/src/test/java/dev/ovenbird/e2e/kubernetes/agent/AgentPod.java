package dev.ovenbird.e2e.kubernetes.agent;

import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The agent's container as a pod has it, without a container runtime: the supervisor with the pod's
 * environment, its mounts at their paths, in the node's network namespace.
 */
final class AgentPod implements AutoCloseable {
  private static final String IMAGE = "node-agent/app/src/main/image/agent";
  private static final String MOUNTS =
      """
      mount -t tmpfs none /run
      mkdir -p /run/ovenbird/state /run/ovenbird/pod /run/secrets/kubernetes.io/serviceaccount
      mount --bind "$1" /run/ovenbird/state
      mount --bind "$2" /run/ovenbird/pod
      mount --bind "$3" /run/secrets/kubernetes.io/serviceaccount
      shift 3
      exec "$@"
      """;

  private final Namespace node;
  private final Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private @Nullable LoggedProcess process;

  /**
   * @param node the node's network
   * @param folder where the mounts lie; {@code state} in it is the node's
   * @param relay how the API server is reached
   */
  AgentPod(Scope scope, Namespace node, Path folder, Pod pod, ApiRelay relay) {
    this.node = node;
    this.folder = folder;
    try {
      for (String name : List.of("state", "pod", "account")) {
        Files.createDirectories(folder.resolve(name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Container container = pod.getSpec().getContainers().getFirst();
    for (EnvVar variable : container.getEnv()) {
      String value = variable.getValue();
      if (variable.getValueFrom() != null) {
        value =
            switch (variable.getValueFrom().getFieldRef().getFieldPath()) {
              case "spec.nodeName" -> pod.getSpec().getNodeName();
              case "metadata.name" -> pod.getMetadata().getName();
              case "status.hostIP" -> "127.0.0.1";
              default -> throw new IllegalStateException(variable.toString());
            };
      }
      environment.put(
          variable.getName(), value.replace("$(NODE_NAME)", pod.getSpec().getNodeName()));
    }
    environment.put("KUBERNETES_SERVICE_HOST", "127.0.0.1");
    environment.put("KUBERNETES_SERVICE_PORT", Integer.toString(relay.port()));
    environment.put(
        "OVENBIRD_HOME", Installation.home().resolve("node-agent/app/target").toString());
    environment.put(
        "OVENBIRD_SUPERVISOR",
        Installation.home().resolve("node-agent/supervisor/target/supervisor").toString());
    environment.put(
        "OVENBIRD_JAVA", Path.of(System.getProperty("java.home"), "bin", "java").toString());
    scope.add(this);
  }

  /** What is projected into the pod. */
  AgentPod account(String token, String ca) {
    try {
      Files.writeString(folder.resolve("account/token"), token);
      Files.writeString(folder.resolve("account/ca.crt"), ca);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** One variable of the container as it should not be. */
  AgentPod with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Starts the container. */
  LoggedProcess start() {
    LoggedProcess started =
        node.start(
            "agent",
            environment,
            "sh",
            "-euc",
            MOUNTS,
            "sh",
            state().toString(),
            folder.resolve("pod").toString(),
            folder.resolve("account").toString(),
            Installation.home().resolve(IMAGE).toString());
    process = started;
    return started;
  }

  LoggedProcess log() {
    if (process == null) {
      throw new IllegalStateException("not started");
    }
    return process;
  }

  /** Until an exec probe of the pod ends so; it tells what was the case a moment ago. */
  void awaitProbe(String request, int status) {
    Await.until(
        "probe " + request + " ends with " + status,
        Duration.ofSeconds(20),
        () -> probe(request),
        result -> result.status() == status);
  }

  private Command.Result probe(String request) {
    return Command.attempt(
        Duration.ofSeconds(20),
        List.of(
            "env",
            "OVENBIRD_HOME=" + environment.get("OVENBIRD_HOME"),
            "OVENBIRD_JAVA=" + environment.get("OVENBIRD_JAVA"),
            "OVENBIRD_CONTROL_SOCKET=" + folder.resolve("pod/control.sock"),
            Installation.home().resolve(IMAGE).toString(),
            "probe",
            request));
  }

  /** The node's folder of this lane. */
  Path state() {
    return folder.resolve("state");
  }

  /** SIGKILL to the agent's JVM, or SIGTERM to the container: what is left is the node's. */
  void killAgent() {
    ProcessHandle.of(log().pid()).orElseThrow().children().forEach(ProcessHandle::destroyForcibly);
  }

  @Override
  public void close() {
    if (process != null) {
      process.close();
    }
  }
}

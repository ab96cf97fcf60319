package dev.ovenbird.e2e.kubernetes.node;

import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.Programs;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A Kubernetes with nodes on which pods run, and people outside: the tests' own or somebody's. */
public abstract class KubernetesCluster implements AutoCloseable {
  static final Duration LIMIT = Duration.ofSeconds(150);

  /** The control plane, with the clients of fewer rights that it makes. */
  public abstract ControlPlane plane();

  /** A folder for tests' files. */
  public abstract Path folder();

  /** Nodes that are on and take pods. */
  public abstract List<Host> hosts();

  /** Where a person's laptop is: outside, with the nodes' addresses and the internet in reach. */
  public Namespace outside() {
    return outside(0);
  }

  /** The same for several people. */
  public abstract Namespace outside(int number);

  /** A client with all rights. */
  public KubernetesClient client() {
    return plane().client();
  }

  /** The kubeconfig with all rights, for programs in this machine's own network. */
  public Path kubeconfig() {
    return plane().kubeconfig();
  }

  /** Runs kubectl that must succeed, and returns its output. */
  public String kubectl(String... arguments) {
    return succeeded("kubectl", arguments, plane().kubectl(arguments));
  }

  /** {@code kubectl apply} of the text; it must succeed. */
  public String apply(String yaml) {
    return succeeded("kubectl apply", new String[0], plane().apply(yaml));
  }

  /** Runs helm; its exit status is the caller's to look at. */
  public Command.Result helm(String... arguments) {
    List<String> command = environment(folder());
    command.add("helm");
    command.addAll(List.of(arguments));
    return Command.attempt(LIMIT.multipliedBy(2), command);
  }

  /**
   * Runs a line of bash as a person would, who stands in {@code at} and has kubectl and helm for
   * this cluster; its exit status is the caller's to look at.
   */
  public Command.Result shell(Path at, String line) {
    List<String> command = environment(at);
    command.addAll(List.of("bash", "-o", "pipefail", "-c", line));
    return Command.attempt(LIMIT.multipliedBy(2), command);
  }

  private List<String> environment(Path at) {
    return new ArrayList<>(
        List.of(
            "env",
            "--chdir=" + at,
            "KUBECONFIG=" + kubeconfig(),
            "KUBECACHEDIR=" + folder().resolve("kubectl"),
            "HELM_CACHE_HOME=" + folder().resolve("helm/cache"),
            "HELM_CONFIG_HOME=" + folder().resolve("helm/config"),
            "HELM_DATA_HOME=" + folder().resolve("helm/data"),
            "PATH="
                + Programs.folder()
                + ":"
                + Programs.ofNodes()
                + ":"
                + System.getenv().getOrDefault("PATH", "/usr/bin:/bin")));
  }

  private static String succeeded(String program, String[] arguments, Command.Result result) {
    if (result.status() != 0) {
      throw new IllegalStateException(
          program + " " + String.join(" ", arguments) + ": " + result.output().strip());
    }
    return result.output();
  }

  /** Waits for {@code kubectl rollout status} of a workload. */
  public void awaitRollout(String workload, String namespace) {
    // kubectl's own wait is shorter than the limit on one command.
    Await.until(
        "rollout of " + workload,
        LIMIT,
        () -> plane().kubectl("rollout", "status", workload, "-n", namespace, "--timeout=30s"),
        result -> result.status() == 0);
  }

  /** Waits until Kubernetes calls those nodes Ready that are switched on. */
  public void awaitNodesReady() {
    List<String> wanted = hosts().stream().map(Host::name).toList();
    Await.until("nodes Ready", LIMIT, this::readyNodes, ready -> ready.containsAll(wanted));
  }

  final List<String> readyNodes() {
    return client().nodes().list().getItems().stream()
        .filter(
            it ->
                it.getStatus().getConditions().stream()
                    .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True")))
        .map(it -> it.getMetadata().getName())
        .toList();
  }

  @Override
  public abstract void close();
}

package dev.ovenbird.e2e.kubernetes;

import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.process.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The tests' Kubernetes, built from its Go modules by {@code e2e/kubernetes/build*}. */
public final class Programs {
  /** A cold build on a busy machine with two cores. */
  private static final Duration BUILD_LIMIT = Duration.ofMinutes(40);

  private Programs() {}

  /**
   * The folder with the control plane's programs; builds them if they are not there yet.
   *
   * @throws IllegalStateException when they cannot be built, with what the build said
   */
  public static Path folder() {
    return folder("build", "kube-apiserver");
  }

  /** The folder with what nodes run, and helm; the same otherwise. */
  public static Path ofNodes() {
    return folder("build-nodes", "kubelet");
  }

  private static Path folder(String script, String program) {
    Path build = Installation.home().resolve("e2e/kubernetes").resolve(script);
    Command.Result result = Command.attempt(BUILD_LIMIT, List.of(build.toString()));
    Path folder = Path.of(result.output().strip().lines().reduce("", (first, last) -> last));
    if (result.status() != 0 || !Files.isExecutable(folder.resolve(program))) {
      throw new IllegalStateException("cannot build Kubernetes: " + result.output().strip());
    }
    return folder;
  }
}

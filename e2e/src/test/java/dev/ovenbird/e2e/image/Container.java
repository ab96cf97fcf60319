package dev.ovenbird.e2e.image;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One container by runc alone, confined as pods are: read-only root, no privilege to gain, the
 * given capabilities, the seccomp profile that container engines ship.
 */
final class Container implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LIMIT = Duration.ofSeconds(120);

  private final Path bundle;
  private final String name;
  private final List<Map<String, Object>> mounts = new ArrayList<>();
  private final Image image;
  private final int user;
  private final List<String> capabilities;
  private @Nullable String network;
  private @Nullable LoggedProcess process;

  Container(Scope scope, Image image, int user, List<String> capabilities) {
    this.bundle = TempFolder.create(scope, "ovenbird-e2e-container");
    this.name = "ovenbird-e2e-" + ProcessHandle.current().pid() + "-" + bundle.hashCode();
    this.image = image;
    this.user = user;
    this.capabilities = capabilities;
    mount("/proc", "proc", "proc");
    mount("/dev", "tmpfs", "tmpfs", "nosuid", "mode=755");
    mount("/tmp", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=1777");
    scope.add(this);
  }

  /** Makes a folder or device of this machine appear inside. */
  Container bind(Path source, String destination, String mode) {
    mount(destination, "bind", source.toString(), "rbind", mode);
    return this;
  }

  /** Joins a network namespace that has a name; without, it has none but its own. */
  Container in(String namespace) {
    network = "/run/netns/" + namespace;
    return this;
  }

  private void mount(String destination, String type, String source, String... options) {
    mounts.add(
        Map.of("destination", destination, "type", type, "source", source, "options", options));
    try {
      Path point = image.root().resolve(destination.substring(1));
      if (Files.isDirectory(Path.of(source)) || type.equals("tmpfs") || type.equals("proc")) {
        Files.createDirectories(point);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a command, without waiting for it. */
  LoggedProcess start(Map<String, String> environment, String... command) {
    write(environment, List.of(command));
    LoggedProcess started =
        LoggedProcess.start(
            name, Map.of(), List.of("runc", "run", "--bundle", bundle.toString(), name));
    process = started;
    return started;
  }

  /** Runs a command to its end. */
  Command.Result run(Map<String, String> environment, String... command) {
    write(environment, List.of(command));
    return Command.attempt(LIMIT, List.of("runc", "run", "--bundle", bundle.toString(), name));
  }

  /** Runs one more command in the running container, as an exec probe is run. */
  Command.Result exec(String... command) {
    List<String> whole = new ArrayList<>(List.of("runc", "exec", name));
    whole.addAll(List.of(command));
    return Command.attempt(LIMIT, whole);
  }

  private void write(Map<String, String> environment, List<String> command) {
    List<String> variables = new ArrayList<>();
    image.config().get("Env").forEach(variable -> variables.add(variable.asText()));
    environment.forEach((key, value) -> variables.add(key + "=" + value));
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("ociVersion", "1.0.2");
    config.put(
        "process",
        Map.of(
            "user",
            Map.of("uid", user, "gid", user),
            "args",
            command,
            "env",
            variables,
            "cwd",
            "/",
            "noNewPrivileges",
            true,
            "capabilities",
            Map.of(
                "bounding", capabilities,
                "effective", capabilities,
                "permitted", capabilities)));
    config.put("root", Map.of("path", image.root().toString(), "readonly", true));
    config.put("mounts", mounts);
    List<Map<String, String>> namespaces = new ArrayList<>();
    for (String type : List.of("pid", "mount", "ipc", "uts")) {
      namespaces.add(Map.of("type", type));
    }
    namespaces.add(
        network == null ? Map.of("type", "network") : Map.of("type", "network", "path", network));
    config.put(
        "linux",
        Map.of(
            "namespaces", namespaces,
            "seccomp", SeccompProfile.of(capabilities),
            "maskedPaths", List.of("/proc/kcore", "/proc/keys"),
            "readonlyPaths", List.of("/proc/sys", "/proc/bus", "/proc/irq")));
    try {
      JSON.writeValue(bundle.resolve("config.json").toFile(), config);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    Command.attempt(LIMIT, List.of("runc", "delete", "--force", name));
    LoggedProcess running = process;
    if (running != null) {
      running.close();
    }
  }
}

package dev.ovenbird.e2e.kubernetes.node;

import dev.ovenbird.e2e.process.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * What a kubelet puts its pods below, in every hierarchy of cgroup v1, or in the one of v2. The
 * name holds this process's id, as {@link dev.ovenbird.e2e.net.Namespace}'s do.
 */
final class NodeCgroup implements AutoCloseable {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  /** Beside those of v1 it has no controllers; runc makes its own folders there. */
  private static final String UNIFIED = "unified";

  private static final String PREFIX = "ovbe2e";
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final int TRIES = 50;

  private final String name;

  private NodeCgroup(String name) {
    this.name = name;
  }

  static NodeCgroup create(String node) {
    String name =
        PREFIX + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet() + "-" + node;
    NodeCgroup cgroup = new NodeCgroup(name);
    cgroup.make();
    return cgroup;
  }

  /** As a kubelet's {@code cgroupRoot}. */
  String path() {
    return "/" + name;
  }

  private void make() {
    try {
      for (Path hierarchy : hierarchies()) {
        if (hierarchy.endsWith(UNIFIED)) {
          continue;
        }
        Path folder = hierarchy.resolve(name);
        Files.createDirectories(folder);
        // A new one of v1 has none, and takes no process before it has.
        for (String file : List.of("cpuset.cpus", "cpuset.mems")) {
          if (hierarchy.endsWith("cpuset") && Files.exists(hierarchy.resolve(file))) {
            Files.writeString(folder.resolve(file), Files.readString(hierarchy.resolve(file)));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make cgroup " + name, e);
    }
  }

  private static List<Path> hierarchies() throws IOException {
    if (Files.exists(ROOT.resolve("cgroup.controllers"))) {
      return List.of(ROOT);
    }
    try (Stream<Path> all = Files.list(ROOT)) {
      return all.filter(it -> Files.isDirectory(it) && !Files.isSymbolicLink(it)).toList();
    }
  }

  /** Removes the pods' that a node left which was switched off; a kubelet is slow over each. */
  void clear() {
    remove();
    make();
  }

  private void remove() {
    try {
      for (Path hierarchy : hierarchies()) {
        remove(hierarchy.resolve(name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove cgroup " + name, e);
    }
  }

  /** A group is busy for a moment after its last process was killed. */
  private static void remove(Path folder) throws IOException {
    for (int i = 0; Files.exists(folder); i++) {
      List<String> command = new ArrayList<>(List.of("rmdir"));
      try (Stream<Path> all = Files.walk(folder, new FileVisitOption[0])) {
        all.filter(Files::isDirectory)
            .sorted(Comparator.reverseOrder())
            .map(Path::toString)
            .forEach(command::add);
      } catch (UncheckedIOException e) {
        continue;
      }
      Command.Result result = Command.attempt(Duration.ofSeconds(20), command);
      if (i == TRIES) {
        throw new IOException(result.output().strip());
      }
    }
  }

  /** Removes those of runs whose process no longer exists. */
  static void sweep() {
    try {
      for (Path hierarchy : hierarchies()) {
        List<Path> ours;
        try (Stream<Path> all = Files.list(hierarchy)) {
          ours =
              all.filter(it -> String.valueOf(it.getFileName()).matches(PREFIX + "\\d+-.*"))
                  .toList();
        }
        for (Path folder : ours) {
          String rest = String.valueOf(folder.getFileName()).substring(PREFIX.length());
          if (ProcessHandle.of(Long.parseLong(rest.substring(0, rest.indexOf('-')))).isEmpty()) {
            remove(folder);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove cgroups of earlier runs", e);
    }
  }

  @Override
  public void close() {
    remove();
  }

  @Override
  public String toString() {
    return "cgroup " + name;
  }
}

package dev.ovenbird.e2e.kubernetes.node;

import dev.ovenbird.e2e.process.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What of this machine a cluster could leave behind or change, to compare before and after; without
 * what clusters of other processes have.
 */
record Machine(
    Set<String> namespaces,
    Set<String> cgroups,
    Set<String> mounts,
    Set<String> state,
    Set<String> processes,
    String tunables) {
  private static final String OWN = "ovbe2e" + ProcessHandle.current().pid() + "-";

  static Machine now() {
    return new Machine(
        lines(
            Command.run("ip", "netns", "list").replaceAll("(?m) .*$", ""), it -> it.contains(OWN)),
        lines(Command.run("find", "/sys/fs/cgroup", "-maxdepth", "2"), it -> it.contains(OWN)),
        lines(
            read(Path.of("/proc/self/mounts")),
            it -> it.contains("/ovenbird-cluster-") || it.contains("/run/containerd")),
        entries(Path.of("/var/lib"), Path.of("/var/log"), Path.of("/run"), Path.of("/etc")),
        ProcessHandle.current()
            .descendants()
            .map(it -> it.info().command().orElse("?"))
            .collect(Collectors.toCollection(TreeSet::new)),
        Command.run(
            "sysctl", "net.ipv4.ip_forward", "vm.overcommit_memory", "kernel.panic_on_oops"));
  }

  private static Set<String> lines(String text, Predicate<String> wanted) {
    return new TreeSet<>(text.lines().filter(wanted).toList());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> entries(Path... folders) {
    Set<String> names = new TreeSet<>();
    for (Path folder : folders) {
      try (Stream<Path> files = Files.list(folder)) {
        files.map(Path::toString).forEach(names::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return names;
  }
}

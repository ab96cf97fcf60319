package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import java.time.Duration;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which processors the servers under measurement have, and which everybody else of a run: clients,
 * load, and this process. With nothing pinned both are all.
 */
record Pinning(SortedSet<Integer> serverProcessors, SortedSet<Integer> restProcessors) {
  /**
   * Servers on some processors, the rest on the others; on a machine with one both share it.
   *
   * @param servers such as {@code 0} or {@code 0-1}; empty = nothing is pinned
   * @throws IllegalArgumentException if this process may not use one of them
   */
  static Pinning of(String servers) {
    SortedSet<Integer> allowed = Processors.allowed();
    if (servers.isBlank()) {
      return new Pinning(allowed, allowed);
    }
    SortedSet<Integer> wanted = Processors.parse(servers);
    if (!allowed.containsAll(wanted)) {
      throw new IllegalArgumentException(
          "--server-cores " + servers + ": this process may use " + list(allowed) + " only");
    }
    SortedSet<Integer> rest = new TreeSet<>(allowed);
    rest.removeAll(wanted);
    return new Pinning(wanted, rest.isEmpty() ? wanted : rest);
  }

  private boolean isAnything() {
    return !serverProcessors.equals(restProcessors);
  }

  /** A server under measurement. */
  void server(long process) {
    pin(process, serverProcessors);
  }

  /** Anything else. */
  void rest(long process) {
    pin(process, restProcessors);
  }

  /** This process, with all that it starts from now on, until the scope ends. */
  void self(Scope scope) {
    long self = ProcessHandle.current().pid();
    SortedSet<Integer> before = Processors.allowed();
    if (isAnything()) {
      scope.add(() -> set(self, before));
      rest(self);
    }
  }

  /** All threads, also those that it starts later. */
  private void pin(long process, SortedSet<Integer> processors) {
    if (isAnything()) {
      set(process, processors);
    }
  }

  /** A thread that ends meanwhile is no failure. */
  private static void set(long process, SortedSet<Integer> processors) {
    Command.attempt(
        Duration.ofSeconds(10),
        List.of("taskset", "-acp", list(processors), Long.toString(process)));
  }

  private static String list(SortedSet<Integer> processors) {
    return processors.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  /** As a report has it. */
  @Override
  public String toString() {
    return isAnything()
        ? "servers on processor " + list(serverProcessors) + ", all else on " + list(restProcessors)
        : "nothing pinned";
  }
}

package dev.ovenbird.e2e.net;

import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace of this run. Its name holds this process's id, so that runs side by side
 * don't meet and a later run can sweep what a killed one left.
 */
public final class Namespace implements AutoCloseable {
  private static final String PREFIX = "ovbe2e";
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String name;

  private Namespace(String name) {
    this.name = name;
  }

  /** Makes a namespace with its loopback up. Needs root. */
  public static Namespace create(Scope scope, String role) {
    String name =
        PREFIX
            + ProcessHandle.current().pid()
            + "-"
            + NUMBER.incrementAndGet()
            + "-"
            + role.toLowerCase(java.util.Locale.ROOT);
    Command.run("ip", "netns", "add", name);
    Namespace namespace = scope.add(new Namespace(name));
    namespace.ip("link", "set", "lo", "up");
    // Addresses are usable at once: nothing else is on these links.
    namespace.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0");
    namespace.run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0");
    // A new namespace takes these from the machine's own (net.core.devconf_inherit_init_net), where
    // Docker or a cluster may have set them: tests begin alike on every machine.
    namespace.run("sysctl", "-qw", "net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0");
    return namespace;
  }

  /** Deletes the namespaces of runs whose process no longer exists. */
  public static void sweep() {
    for (String line : Command.run("ip", "netns", "list").lines().toList()) {
      String name = line.split(" ", 2)[0];
      if (name.matches(PREFIX + "[0-9]+-.*")) {
        long owner = Long.parseLong(name.substring(PREFIX.length(), name.indexOf('-')));
        if (ProcessHandle.of(owner).isEmpty()) {
          new Namespace(name).close();
        }
      }
    }
  }

  public String name() {
    return name;
  }

  /** The command as it runs inside. */
  public List<String> command(List<String> command) {
    List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", name));
    inside.addAll(command);
    return inside;
  }

  /** Runs a command inside that must succeed, and returns its output. */
  public String run(String... command) {
    return Command.run(command(List.of(command)).toArray(String[]::new));
  }

  public Command.Result attempt(Duration limit, String... command) {
    return Command.attempt(limit, command(List.of(command)));
  }

  public LoggedProcess start(String process, Map<String, String> environment, String... command) {
    return LoggedProcess.start(process, environment, command(List.of(command)));
  }

  /** Runs {@code ip} on the namespace, from outside. */
  public String ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip", "-n", name));
    command.addAll(List.of(arguments));
    return Command.run(command.toArray(String[]::new));
  }

  /** Calls on a thread inside the namespace; sockets opened there stay there. */
  public <T> T call(Callable<T> work) {
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              NamespaceThread.enter(Path.of("/run/netns", name));
              return work.call();
            });
    Thread.ofPlatform().name("in-" + name).daemon().start(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("in namespace " + name + ": " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in namespace " + name, e);
    }
  }

  /** Kills what still runs inside and deletes the namespace with its links. */
  @Override
  public void close() {
    for (int attempt = 0; attempt < 20; attempt++) {
      String pids =
          Command.attempt(Duration.ofSeconds(10), List.of("ip", "netns", "pids", name)).output();
      List<String> numbers = pids.lines().filter(line -> line.matches("[0-9]+")).toList();
      if (numbers.isEmpty()) {
        break;
      }
      List<String> kill = new ArrayList<>(List.of("kill", "-KILL"));
      kill.addAll(numbers);
      Command.attempt(Duration.ofSeconds(10), kill);
    }
    Command.attempt(Duration.ofSeconds(30), List.of("ip", "netns", "delete", name));
  }

  @Override
  public String toString() {
    return "namespace " + name;
  }
}

package dev.ovenbird.e2e.kubernetes.node;

import dev.ovenbird.e2e.kubernetes.Component;
import dev.ovenbird.e2e.kubernetes.ControlPlanePki;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.net.NetworkState;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A machine of the cluster: namespaces of network, mounts, host name, IPC and process ids, in which
 * containerd, kubelet and kube-proxy run. Its images outlive a power-off, as a disk would; its
 * links, routes, firewall and {@code /run} do not.
 */
public final class Node implements AutoCloseable {
  private static final Duration BOOT = Duration.ofSeconds(120);
  private static final Duration RUN = Duration.ofSeconds(60);

  /** Of an image of some hundred MB on a busy disk. */
  private static final Duration IMPORT = Duration.ofMinutes(3);

  private final ClusterNetwork network;
  private final int number;
  private final String name;
  private final String address;
  private final NodeFiles files;
  private final NodeCgroup cgroup;
  private final Set<Path> loaded = new HashSet<>();
  private @Nullable Running running;
  private Mtu mtu;
  private boolean joined;

  /** What a power-off takes. */
  private record Running(Scope scope, Namespace namespace, Component init, long pid) {}

  Node(ClusterNetwork network, int number, Path folder, Mtu mtu) {
    this.network = network;
    this.number = number;
    this.mtu = mtu;
    name = "node" + number;
    address = Subnets.node(number);
    try {
      files =
          new NodeFiles(
              Files.createDirectories(folder.resolve(name)), name, address, Subnets.pods(number));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cgroup = NodeCgroup.create(name);
  }

  /** As Kubernetes knows it. */
  public String name() {
    return name;
  }

  /** Its InternalIP. */
  public String address() {
    return address;
  }

  /** What its pods have their addresses from. */
  public String pods() {
    return Subnets.pods(number);
  }

  /** As people see it. */
  public Host host() {
    return new Host(name, address);
  }

  int number() {
    return number;
  }

  /** Its files and logs: {@code containerd.log}, {@code kubelet.log}, {@code kube-proxy.log}. */
  public Path folder() {
    return files.folder();
  }

  /** Whether it is switched on. */
  public synchronized boolean isOn() {
    return running != null;
  }

  private synchronized Running running() {
    if (running == null) {
      throw new IllegalStateException(name + " is switched off");
    }
    return running;
  }

  /** Its network, until it is switched off. */
  public Namespace namespace() {
    return running().namespace();
  }

  /** Links, routes, rules and firewall as they are, to compare before and after. */
  public NetworkState networkState() {
    return NetworkState.of(namespace());
  }

  private String port() {
    return "n" + number;
  }

  /** Switches it on as far as containerd. */
  synchronized void boot() {
    Scope scope = new Scope();
    try {
      Namespace namespace = network.attach(scope, name, ClusterNetwork.BRIDGE, port(), address);
      namespace.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
      applyLinkMtu(namespace);
      files.writeBoot(mtu.pods());
      cgroup.clear();
      namespace.run("nft", "-f", files.file("masquerade.nft").toString());
      Component init =
          scope.add(
              new Component(
                  name,
                  Map.of(),
                  List.of(
                      "nsenter",
                      "--net=/run/netns/" + namespace.name(),
                      "unshare",
                      "--mount",
                      "--uts",
                      "--ipc",
                      "--pid",
                      "--fork",
                      "--mount-proc",
                      "--kill-child",
                      files.file("node.sh").toString(),
                      "boot")));
      init.start().log().await("containerd is ready", BOOT);
      long first =
          ProcessHandle.of(init.pid())
              .flatMap(it -> it.children().findFirst())
              .orElseThrow(() -> new IllegalStateException(name + " ended at its boot"))
              .pid();
      running = new Running(scope, namespace, init, first);
    } catch (AssertionError e) {
      scope.close();
      throw new IllegalStateException(name + " does not boot; see " + folder(), e);
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  /** Starts kubelet and kube-proxy. */
  void join(ControlPlanePki pki, String server) {
    if (!joined) {
      files.writeJoin(pki, server, cgroup.path());
      joined = true;
    }
    script("join");
  }

  private void script(String part) {
    run(files.file("node.sh").toString(), part);
  }

  /** Imports images that it does not have yet, in this order. */
  void load(List<Path> archives) {
    for (Path archive : archives) {
      if (loaded.add(archive)) {
        Command.Result result =
            attempt(IMPORT, "ctr", "--namespace=k8s.io", "images", "import", archive.toString());
        if (result.status() != 0) {
          loaded.remove(archive);
          throw new IllegalStateException(
              name + " cannot import " + archive + ": " + result.output().strip());
        }
      }
    }
  }

  /** Routes to the pods of the others. */
  void routeTo(List<Node> nodes) {
    for (Node other : nodes) {
      if (other != this) {
        List<String> route =
            new ArrayList<>(List.of("route", "replace", other.pods(), "via", other.address()));
        if (mtu.pods() != mtu.link()) {
          route.addAll(List.of("mtu", Integer.toString(mtu.pods())));
        }
        namespace().ip(route.toArray(String[]::new));
      }
    }
  }

  /** Changes the link's and, for pods that start from now on, theirs. */
  synchronized void mtu(Mtu wanted) {
    mtu = wanted;
    if (running != null) {
      applyLinkMtu(running.namespace());
      files.writeCni(mtu.pods());
    }
  }

  private void applyLinkMtu(Namespace namespace) {
    String bytes = Integer.toString(mtu.link());
    namespace.ip("link", "set", "eth0", "mtu", bytes);
    network.link("set", port(), "mtu", bytes);
  }

  /** Pulls the plug: everything in it dies at once, and nobody hears of it. */
  public synchronized void powerOff() {
    Running off = running();
    running = null;
    network.dropLink(port());
    // Its end is the end of all in its process namespace, and the kernel waits for them.
    Command.attempt(RUN, List.of("kill", "-KILL", Long.toString(off.pid())));
    off.init().log().awaitExit(RUN);
    off.scope().close();
  }

  /**
   * Cuts it off: its link stays up, but nothing passes either way. (Taken out of the bridge, the
   * port would still take what the node sends to the bridge's MAC, which may be the port's own.)
   */
  public void partition() {
    network.forward(port(), false);
  }

  /** Takes {@link #partition} back. */
  public void heal() {
    network.forward(port(), true);
  }

  /** Ends the kubelet alone; pods go on. */
  public void stopKubelet() {
    run(
        "sh",
        "-c",
        "kill $(cat /run/kubelet.pid); while kill -0 $(cat /run/kubelet.pid) 2>/dev/null; do sleep 0.05; done");
  }

  /** Takes {@link #stopKubelet} back. */
  public void startKubelet() {
    script("kubelet");
  }

  /** Runs a command in the node that must succeed, and returns its output. */
  public String run(String... command) {
    return Command.run(command(List.of(command)).toArray(String[]::new));
  }

  /** Runs a command in the node, whatever its exit status. */
  public Command.Result attempt(Duration limit, String... command) {
    return Command.attempt(limit, command(List.of(command)));
  }

  /** Starts a command in the node that goes on; the caller closes it. */
  public LoggedProcess start(String process, String... command) {
    return LoggedProcess.start(process, Map.of(), command(List.of(command)));
  }

  /** The command as it runs inside all its namespaces. */
  public List<String> command(List<String> command) {
    List<String> inside =
        new ArrayList<>(
            List.of("nsenter", "-t", Long.toString(running().pid()), "-n", "-m", "-u", "-i", "-p"));
    inside.add("--");
    inside.addAll(command);
    return inside;
  }

  @Override
  public synchronized void close() {
    if (running != null) {
      powerOff();
    }
    cgroup.close();
  }

  @Override
  public String toString() {
    return name + " (" + address + ")";
  }
}

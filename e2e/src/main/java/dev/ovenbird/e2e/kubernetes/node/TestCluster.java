package dev.ovenbird.e2e.kubernetes.node;

import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.DataFolder;
import dev.ovenbird.e2e.kubernetes.Site;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * A Kubernetes cluster on this machine, with people outside it and a small internet. Needs root.
 *
 * <p>It leaves nothing behind: {@link #close} takes all away, a killed JVM takes its processes with
 * it, and the next start sweeps the rest.
 */
public final class TestCluster extends KubernetesCluster {
  private static final int SHARED_NODES = 3;
  private static final int OVERLAY_HEADER = 50;

  private final Scope scope = new Scope();
  private final String name;
  private final Path folder;
  private final ClusterNetwork network;
  private final Internet internet;
  private final ControlPlane plane;
  private final Site site;
  private final List<Node> nodes = new CopyOnWriteArrayList<>();
  private final List<Path> archives = new CopyOnWriteArrayList<>();
  private Mtu mtu = Mtu.ETHERNET;

  /** The one that all tests of this JVM share; it ends with the JVM. */
  private static final class Shared {
    static final TestCluster INSTANCE = start("shared", SHARED_NODES);
  }

  private TestCluster(String name, int nodeCount) {
    this.name = name;
    try {
      sweep();
      Stopwatch watch = new Stopwatch(name);
      folder = scope.add(DataFolder.onDisk("ovenbird-cluster-" + name)).path();
      archives.addAll(TestImages.write(folder));
      network = new ClusterNetwork(scope, name, folder);
      internet = Internet.start(scope, network.internet());
      site = new Site(network.hub(), Subnets.HUB, network.hostAddress());
      watch.lap("network");
      try (ExecutorService side = Executors.newVirtualThreadPerTaskExecutor()) {
        CompletableFuture<ControlPlane> starting =
            CompletableFuture.supplyAsync(() -> scope.add(ControlPlane.start(site)), side);
        for (int i = 1; i <= nodeCount; i++) {
          nodes.add(newNode(i));
        }
        each(nodes, this::boot);
        watch.lap("nodes with images");
        plane = joined(starting);
      }
      watch.lap("control plane");
      each(nodes, it -> it.join(plane.pki(), site.nodesServer()));
      routes();
      apply(resource("coredns.yaml"));
      awaitNodesReady();
      watch.lap("nodes Ready");
      awaitRollout("deployment/coredns", "kube-system");
      watch.lap("DNS");
      watch.end();
    } catch (RuntimeException | Error e) {
      scope.close();
      throw e;
    }
  }

  /** The one that all tests of this JVM share: three nodes, started when first asked for. */
  public static TestCluster shared() {
    return Shared.INSTANCE;
  }

  /**
   * Starts one of one's own; returns when its nodes are Ready and its DNS answers.
   *
   * @param name of lower-case letters, digits and dashes, for folders and namespaces
   */
  public static TestCluster start(String name, int nodes) {
    if (!name.matches("[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?")) {
      throw new IllegalArgumentException(
          "a cluster's name has up to 22 lower-case letters, digits and dashes: " + name);
    }
    return new TestCluster(name, nodes);
  }

  /** Takes away networks and cgroups of clusters whose JVM was killed. */
  static void sweep() {
    Namespace.sweep();
    NodeCgroup.sweep();
  }

  private static <T> T joined(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private static void each(List<Node> nodes, Consumer<Node> work) {
    try (ExecutorService side = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<Void>> all =
          nodes.stream()
              .map(it -> CompletableFuture.runAsync(() -> work.accept(it), side))
              .toList();
      all.forEach(TestCluster::joined);
    }
  }

  private Node newNode(int number) {
    return scope.add(new Node(network, number, folder, mtu));
  }

  private void boot(Node node) {
    node.boot();
    node.load(archives);
  }

  /** Each node's routes to the others' pods, and the hub's, since the API server dials webhooks. */
  private void routes() {
    List<Node> on = nodes.stream().filter(Node::isOn).toList();
    for (Node node : on) {
      network.hub().ip("route", "replace", node.pods(), "via", node.address());
      node.routeTo(nodes);
    }
  }

  @Override
  public ControlPlane plane() {
    return plane;
  }

  /** Where its nodes' files and logs are, too. */
  @Override
  public Path folder() {
    return folder;
  }

  /** A node by its number, from 1 on. */
  public Node node(int number) {
    return nodes.get(number - 1);
  }

  public List<Node> nodes() {
    return List.copyOf(nodes);
  }

  @Override
  public List<Host> hosts() {
    return nodes.stream().filter(Node::isOn).map(Node::host).toList();
  }

  /** One more machine; returns when it is Ready. */
  public synchronized Node addNode() {
    Node node = newNode(nodes.size() + 1);
    boot(node);
    nodes.add(node);
    routes();
    node.join(plane.pki(), site.nodesServer());
    awaitNodesReady();
    return node;
  }

  /** Switches a node on again; returns when its kubelet has been started. */
  public synchronized void powerOn(Node node) {
    boot(node);
    routes();
    node.join(plane.pki(), site.nodesServer());
  }

  /** Imports an image archive into every node, and into those that come later. */
  public synchronized void load(Path archive) {
    Path file = archive.toAbsolutePath();
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException("no image archive " + file);
    }
    archives.add(file);
    each(nodes.stream().filter(Node::isOn).toList(), it -> it.load(List.of(file)));
  }

  /** Sets the MTU of nodes' links in bytes; pods that start from now on have it too. */
  public void mtu(int link) {
    mtu(new Mtu(link, link));
  }

  /**
   * As with an overlay network (VXLAN, say): links as given, and 50 bytes less for pods and between
   * nodes' pods.
   */
  public void overlayMtu(int link) {
    mtu(new Mtu(link, link - OVERLAY_HEADER));
  }

  private synchronized void mtu(Mtu wanted) {
    mtu = wanted;
    nodes.forEach(it -> it.mtu(wanted));
    routes();
  }

  /** Waits until Kubernetes has noticed that a node is away. */
  public void awaitNotReady(Node node) {
    Await.until(
        node + " not Ready", LIMIT, this::readyNodes, ready -> !ready.contains(node.name()));
  }

  @Override
  public Namespace outside(int number) {
    return network.outside(number);
  }

  /** The address of such a place. */
  public static String outsideAddress(int number) {
    return Subnets.outside(number);
  }

  public Internet internet() {
    return internet;
  }

  /** The router between nodes, people outside and internet; the control plane runs in it. */
  public Namespace hub() {
    return network.hub();
  }

  private static String resource(String file) {
    try (InputStream in = TestCluster.class.getResourceAsStream(file)) {
      return new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    scope.close();
  }

  @Override
  public String toString() {
    return "test cluster " + name;
  }

  /** Says what each stage took. */
  private static final class Stopwatch {
    private final String name;
    private final long start = System.nanoTime();
    private final StringBuilder laps = new StringBuilder();

    Stopwatch(String name) {
      this.name = name;
    }

    private double seconds() {
      return (System.nanoTime() - start) / 1e9;
    }

    void lap(String stage) {
      laps.append(
          String.format(Locale.ROOT, "%s %s %.1f s", laps.isEmpty() ? "" : ",", stage, seconds()));
    }

    void end() {
      System.out.printf(Locale.ROOT, "Test cluster %s up after %.1f s:%s%n", name, seconds(), laps);
    }
  }
}

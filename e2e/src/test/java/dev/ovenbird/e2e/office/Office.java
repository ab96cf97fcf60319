package dev.ovenbird.e2e.office;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.kubernetes.OperatorInstallation;
import dev.ovenbird.e2e.kubernetes.node.ExistingCluster;
import dev.ovenbird.e2e.kubernetes.node.Host;
import dev.ovenbird.e2e.kubernetes.node.KubernetesCluster;
import dev.ovenbird.e2e.kubernetes.node.Node;
import dev.ovenbird.e2e.kubernetes.node.TestCluster;
import dev.ovenbird.e2e.kubernetes.node.Web;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The README's cluster on three real nodes, with the images in it and a few hundred people; or on
 * the nodes of somebody's cluster, whose kubeconfig {@code -Dovenbird.office.kubeconfig} names.
 */
final class Office implements AutoCloseable {
  static final String NAMESPACE = "vpn";
  private static final String AGENTS = OperatorInstallation.AGENTS_NAMESPACE;
  private static final int NODES = 3;
  static final int LANES = 2;
  static final int PEOPLE = 300;

  /** The port of the first lane. */
  static final int PORT = 1194;

  static final Duration SOON = Duration.ofSeconds(150);
  private static final String PROFILE = "-profile";

  /** Folders are the kubelet's, which makes them for a hostPath and removes none. */
  private static final String STATE =
      "ip -br link | grep ovb; ip route | grep ovb; ip rule | grep ovb; nft list tables | grep ovb; "
          + "find /run/ovenbird -type f 2>/dev/null; true";

  private final Scope scope = new Scope();
  private final Quickstart quickstart = Quickstart.read();
  private final KubernetesCluster cluster;
  private final Path folder;
  private final Map<String, String> before;
  private final Web web;

  /** Does what the README says, command by command, and prints it. */
  Office() {
    try {
      cluster = scope.add(find());
      folder = Files.createDirectories(cluster.folder().resolve("quickstart"));
      Files.createSymbolicLink(folder.resolve("helm"), Installation.home().resolve("helm"));
      before = states();
      quickstart.install().forEach(this::type);
      web = Web.start(scope, cluster);
      hire();
    } catch (IOException e) {
      scope.close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException | Error e) {
      scope.close();
      throw e;
    }
  }

  private static KubernetesCluster find() {
    String kubeconfig = System.getProperty("ovenbird.office.kubeconfig", "");
    if (!kubeconfig.isEmpty()) {
      return new ExistingCluster(Path.of(kubeconfig));
    }
    TestCluster own = TestCluster.start("office", NODES);
    Path images = Installation.home().resolve(".ovenbird/images");
    own.load(images.resolve("operator.tar"));
    own.load(images.resolve("node-agent.tar"));
    return own;
  }

  /** Runs a command as a person would, and prints it; it must succeed. */
  String type(String command) {
    long start = System.nanoTime();
    Command.Result result = cluster.shell(folder, command);
    System.out.printf(
        Locale.ROOT,
        "$ %s%n%s(%.1f s)%n",
        command,
        result.output(),
        (System.nanoTime() - start) / 1e9);
    if (result.status() != 0) {
      throw new IllegalStateException(command + ": " + result.output());
    }
    return result.output();
  }

  /** What instances make on our own nodes: devices, routes, tables, files. */
  Map<String, String> states() {
    Map<String, String> states = new TreeMap<>();
    if (cluster instanceof TestCluster own) {
      for (Node node : own.nodes().stream().filter(Node::isOn).toList()) {
        states.put(node.name(), node.run("sh", "-c", STATE));
      }
    }
    return states;
  }

  /** The same before the installation. */
  Map<String, String> statesBefore() {
    return before;
  }

  private void hire() {
    String person =
        """
        ---
        apiVersion: ovenbird.dev/v1alpha1
        kind: VpnClient
        metadata: {name: %s, namespace: vpn}
        spec: {clusterRef: {name: office}}
        """;
    cluster.apply(
        String.join(
            "", IntStream.range(0, PEOPLE).mapToObj(i -> person.formatted(name(i))).toList()));
    awaitWhole();
  }

  static String name(int person) {
    return String.format(Locale.ROOT, "person-%03d", person);
  }

  KubernetesCluster cluster() {
    return cluster;
  }

  /** The cluster whose machines and networks are ours, for tests tagged {@code machines}. */
  TestCluster machines() {
    return (TestCluster) cluster;
  }

  Quickstart quickstart() {
    return quickstart;
  }

  Pods pods() {
    return new Pods(cluster);
  }

  /** A web server on every node. */
  Web web() {
    return web;
  }

  /** Where the commands were typed: alice.ovpn lies there. */
  Path folder() {
    return folder;
  }

  /** Waits until all nodes are on, every instance serves and every profile lists what is there. */
  void awaitWhole() {
    cluster.awaitNodesReady();
    web.awaitReady();
    long on = cluster.hosts().size();
    Await.until(
        on * LANES + " instances serve",
        SOON,
        () -> instances().stream().filter(it -> is(it.getStatus().conditions(), "Ready")).count(),
        serving -> serving == on * LANES);
    // The last report of an agent that has just gone says that it serves; its pod does not.
    Await.until(
        on * LANES + " agents' pods are ready",
        SOON,
        () ->
            cluster.client().apps().daemonSets().inNamespace(AGENTS).list().getItems().stream()
                .mapToInt(it -> it.getStatus().getNumberReady())
                .sum(),
        ready -> ready == on * LANES);
    Await.until("every profile is current", SOON, this::outdated, List::isEmpty);
  }

  /** Instances that have reported. */
  List<VpnInstance> instances() {
    return cluster
        .client()
        .resources(VpnInstance.class)
        .inNamespace(AGENTS)
        .list()
        .getItems()
        .stream()
        .filter(it -> it.getStatus() != null)
        .toList();
  }

  private List<String> outdated() {
    List<String> names = new ArrayList<>();
    for (VpnClient client :
        cluster.client().resources(VpnClient.class).inNamespace(NAMESPACE).list().getItems()) {
      if (client.getStatus() == null
          || !is(client.getStatus().conditions(), "Ready")
          || !is(client.getStatus().conditions(), "ProfileCurrent")) {
        names.add(client.getMetadata().getName());
      }
    }
    return names;
  }

  private static boolean is(@Nullable List<Condition> conditions, String type) {
    return conditions != null
        && conditions.stream()
            .anyMatch(it -> it.getType().equals(type) && it.getStatus().equals("True"));
  }

  /** The profile that a person would be handed now. */
  Profile profile(String name) {
    return profile(
        cluster.client().secrets().inNamespace(NAMESPACE).withName(name + PROFILE).require());
  }

  /** All of them, by clients' names. */
  Map<String, Profile> profiles() {
    Map<String, Profile> profiles = new TreeMap<>();
    cluster.client().secrets().inNamespace(NAMESPACE).list().getItems().stream()
        .filter(it -> it.getMetadata().getName().endsWith(PROFILE))
        .forEach(it -> profiles.put(it.getMetadata().getName().replace(PROFILE, ""), profile(it)));
    return profiles;
  }

  private static Profile profile(Secret secret) {
    byte[] text = Base64.getMimeDecoder().decode(secret.getData().get("client.ovpn"));
    return new Profile(new String(text, StandardCharsets.UTF_8));
  }

  /** One person for each lane of each node, connected to it, in the order of nodes and lanes. */
  List<Person> people(Scope owner) {
    List<Person> people = new ArrayList<>();
    Map<String, Profile> profiles = profiles();
    for (Host node : cluster.hosts()) {
      for (int lane = 0; lane < LANES; lane++) {
        Map.Entry<String, Profile> whose = whose(profiles, node, PORT + lane);
        Person person =
            Person.start(
                owner,
                whose.getKey(),
                cluster.outside(people.size() + 1),
                whose.getValue().write(folder.resolve(whose.getKey() + ".ovpn")),
                target());
        // One after the other: nodes that share two cores are slow with many first handshakes.
        person.awaitAtWork();
        people.add(person);
      }
    }
    return people;
  }

  private static Map.Entry<String, Profile> whose(
      Map<String, Profile> profiles, Host node, int port) {
    return profiles.entrySet().stream()
        .filter(it -> it.getKey().startsWith("person-"))
        .filter(
            it -> {
              Profile.Remote first = it.getValue().remotes().getFirst();
              return first.host().equals(node.address()) && first.port() == port;
            })
        .findFirst()
        .orElseThrow(() -> new AssertionError("nobody's first is " + node + ", port " + port));
  }

  /** A pod that people ping: on the last node, to which nothing happens. */
  String target() {
    return web.on(cluster.hosts().getLast().name()).getStatus().getPodIP();
  }

  @Override
  public void close() {
    if (cluster instanceof ExistingCluster) {
      leave();
    }
    scope.close();
  }

  /** Takes away what the quickstart made, on a cluster that stays; CRDs stay, as after any use. */
  private void leave() {
    for (String command :
        List.of(
            "kubectl delete deployment/web service/web --ignore-not-found",
            "kubectl delete namespace " + NAMESPACE + " --ignore-not-found --timeout=150s",
            "helm uninstall ovenbird --namespace="
                + OperatorInstallation.OPERATOR_NAMESPACE
                + " --ignore-not-found --wait")) {
      System.out.println("$ " + command + "\n" + cluster.shell(folder, command).output());
    }
  }
}

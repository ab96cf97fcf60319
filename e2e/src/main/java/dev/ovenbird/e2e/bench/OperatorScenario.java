package dev.ovenbird.e2e.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.FakeAgents;
import dev.ovenbird.e2e.kubernetes.FakeNode;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.kubernetes.OperatorInstallation;
import dev.ovenbird.e2e.kubernetes.OperatorProcess;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/** One control plane with the operator's process, nodes, agents' reports and one VpnCluster. */
final class OperatorScenario implements AutoCloseable {
  /** Agents write nothing that says nothing new: with nobody connected one report is all. */
  static final Duration ONE_REPORT = Duration.ofHours(1);

  /** As often as agents report at most. */
  static final Duration REPORTS = Duration.ofSeconds(30);

  private static final String CLUSTER = "office";
  private static final String API = "/apis/ovenbird.dev/v1alpha1/namespaces/";
  private static final int WRITERS = 8;
  private static final Duration LIMIT = Duration.ofMinutes(30);
  private static final Duration SHOW = Duration.ofSeconds(15);
  private static final Duration SOON = Duration.ofSeconds(60);

  /** Without a change for this long, a change has arrived everywhere; debouncing is shorter. */
  private static final Duration QUIET = Duration.ofSeconds(20);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Scope scope = new Scope();
  private final int lanes;
  private final ControlPlane plane;
  private final OperatorProcess operator;
  private final FakeNodes nodes;
  private final FakeAgents agents;
  private final String namespace;
  private final ProfileWatch profiles;
  private final RosterWatch rosters;

  OperatorScenario(int nodeCount, int lanes, Duration reports, String... apiServerFlags) {
    this.lanes = lanes;
    try {
      plane = scope.add(ControlPlane.start(apiServerFlags));
      OperatorInstallation installation = OperatorInstallation.install(plane);
      nodes = FakeNodes.start(scope, plane);
      nodes.add(nodeCount);
      agents = FakeAgents.start(scope, plane, OperatorInstallation.AGENTS_NAMESPACE, reports);
      namespace = plane.namespace(scope, "vpn");
      profiles = scope.add(new ProfileWatch(plane.client(), namespace));
      rosters = scope.add(new RosterWatch(plane.client(), OperatorInstallation.AGENTS_NAMESPACE));
      operator = OperatorProcess.start(scope, installation, "operator");
    } catch (RuntimeException | Error e) {
      scope.close();
      throw e;
    }
  }

  KubernetesClient client() {
    return plane.client();
  }

  FakeAgents agents() {
    return agents;
  }

  OperatorProcess operator() {
    return operator;
  }

  PhaseClock clock(String name) {
    Map<String, Long> processes = new LinkedHashMap<>();
    processes.put("operator", operator.component().pid());
    processes.put("kube-apiserver", plane.apiServer().pid());
    processes.put("etcd", plane.etcd().pid());
    processes.put("kube-controller-manager", plane.controllerManager().pid());
    processes.put("kube-scheduler", plane.scheduler().pid());
    processes.put("this benchmark", ProcessHandle.current().pid());
    return new PhaseClock(name, processes);
  }

  /** Applies the cluster and its clients at once; ends with the last profile. */
  Phase applyUntilLastProfile(String name, int clients) throws IOException {
    PhaseClock clock = clock(name);
    apply(clients);
    await("profiles", clients, profiles::complete);
    Phase phase = clock.end();
    await("clients in the roster", clients, rosters::clients);
    return phase;
  }

  /** One more node, which must get into every profile; ends with the last. */
  Phase arrivalInEveryProfile(String name, int clients) {
    FakeNode node = nodes.next();
    profiles.expect(node.externalIps().getFirst());
    PhaseClock clock = clock(name);
    nodes.add(node);
    await("profiles with the new node", clients, profiles::containing);
    return clock.end();
  }

  /** What an arrival among many nodes took, and how many profiles it changed. */
  record Arrival(Phase phase, int changed, int containing) {}

  /** One more node, which some profiles get; ends with the last profile before a long quiet. */
  Arrival arrival(String name) {
    await("profiles settled", () -> profiles.quiet().compareTo(QUIET) > 0);
    FakeNode node = nodes.next();
    profiles.expect(node.externalIps().getFirst());
    PhaseClock clock = clock(name);
    nodes.add(node);
    await(
        "a profile with the new node, and then no change",
        () -> profiles.containing() > 0 && profiles.quiet().compareTo(QUIET) > 0);
    double last = clock.seconds() - profiles.quiet().toMillis() / 1e3;
    return new Arrival(clock.end(last), profiles.changed(), profiles.containing());
  }

  /** Seconds from the write of {@code spec.suspend} to the roster shard that says so, each time. */
  Series suspensions(int times, int clients) {
    Series series = new Series();
    for (int i = 0; i < times; i++) {
      String name = client(i * 7 % clients);
      VpnClient one =
          client().resources(VpnClient.class).inNamespace(namespace).withName(name).require();
      String uid = one.getMetadata().getUid();
      series.add(suspend(name, uid, true));
      suspend(name, uid, false);
    }
    return series;
  }

  private double suspend(String name, String uid, boolean suspended) {
    long start = System.nanoTime();
    client()
        .resources(VpnClient.class)
        .inNamespace(namespace)
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"suspend\":" + suspended + "}}");
    rosters.await(uid, suspended, SOON);
    return (System.nanoTime() - start) / 1e9;
  }

  /** UIDs by name of all clients. */
  Map<String, String> uids() {
    Map<String, String> uids = new HashMap<>();
    client()
        .resources(VpnClient.class)
        .inNamespace(namespace)
        .list()
        .getItems()
        .forEach(it -> uids.put(it.getMetadata().getName(), it.getMetadata().getUid()));
    return uids;
  }

  private void apply(int clients) throws IOException {
    post("vpnclusters", CLUSTER, clusterSpec());
    List<Future<?>> posts = new ArrayList<>();
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      for (int i = 0; i < clients; i++) {
        String name = client(i);
        posts.add(
            writers.submit(
                () -> post("vpnclients", name, Map.of("clusterRef", Map.of("name", CLUSTER)))));
      }
    }
    for (Future<?> post : posts) {
      try {
        post.get();
      } catch (InterruptedException | ExecutionException e) {
        throw new IllegalStateException("a VpnClient could not be made", e);
      }
    }
  }

  private Map<String, Object> clusterSpec() {
    return Map.of(
        "networkCIDRs",
        List.of("10.64.0.0/14", "fd00:64::/64"),
        "instances",
        Map.of("perNode", lanes, "nodeSelector", nodes.labels()),
        "listeners",
        List.of(
            Map.of("name", "udp", "protocol", "UDP", "port", 1194),
            Map.of("name", "tcp", "protocol", "TCP", "port", 8443)));
  }

  static String client(int index) {
    return String.format(Locale.ROOT, "client-%05d", index);
  }

  private Object post(String plural, String name, Map<String, Object> spec) throws IOException {
    String kind = plural.equals("vpnclusters") ? "VpnCluster" : "VpnClient";
    return client()
        .raw(
            API + namespace + "/" + plural,
            "POST",
            JSON.readTree(
                JSON.writeValueAsString(
                    Map.of(
                        "apiVersion",
                        "ovenbird.dev/v1alpha1",
                        "kind",
                        kind,
                        "metadata",
                        Map.of("name", name),
                        "spec",
                        spec))));
  }

  private void await(String what, int wanted, IntSupplier count) {
    long start = System.nanoTime();
    long shown = start;
    while (count.getAsInt() < wanted) {
      pause();
      long now = System.nanoTime();
      if (now - shown > SHOW.toNanos()) {
        shown = now;
        System.out.printf(Locale.ROOT, "  %,d of %,d %s%n", count.getAsInt(), wanted, what);
      }
      giveUp(what, start);
    }
  }

  private void await(String what, BooleanSupplier done) {
    long start = System.nanoTime();
    while (!done.getAsBoolean()) {
      pause();
      giveUp(what, start);
    }
  }

  private void giveUp(String what, long start) {
    if (!operator.component().isAlive()) {
      throw new IllegalStateException("the operator ended: " + operator.component().log().tail(20));
    }
    if (System.nanoTime() - start > LIMIT.toNanos()) {
      throw new IllegalStateException(
          "gave up waiting for "
              + what
              + "; the operator's last lines:\n"
              + operator.component().log().tail(20));
    }
  }

  private static void pause() {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
  }

  @Override
  public void close() {
    scope.close();
  }
}

package dev.ovenbird.e2e.kubernetes.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.kubernetes.Programs;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("alone")
class TestClusterTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final TestCluster cluster = TestCluster.shared();

  @Test
  void pods_reach_services_names_and_the_internet_from_every_node() {
    try (Scope scope = new Scope()) {
      Web web = Web.start(scope, cluster);
      for (Node node : cluster.nodes()) {
        for (Node other : cluster.nodes()) {
          Pod pod = web.on(other.name());
          assertThat(
                  output(web.probe(node, "get", "http://" + pod.getStatus().getPodIP() + ":8080")))
              .startsWith(pod.getMetadata().getName() + " ");
        }
        assertThat(output(web.probe(node, "get", "http://" + web.clusterIp()))).startsWith("web-");
        assertThat(output(web.probe(node, "get", "http://" + web.name()))).startsWith("web-");
        // The internet sees the node's address, as from behind a node's masquerading.
        assertThat(output(web.probe(node, "get", "http://www.example.com")))
            .isEqualTo("internet " + node.address() + "\n");
        assertThat(node.run("getent", "ahostsv4", "www.example.com")).contains(Subnets.INTERNET);
      }
      assertThat(cluster.internet().queries()).contains("www.example.com A");
      Namespace laptop = cluster.outside();
      assertThat(Ping.answers(laptop, cluster.node(1).address())).isTrue();
      assertThat(Ping.answers(laptop, Subnets.INTERNET)).isTrue();
      assertThat(Ping.answers(laptop, web.on(cluster.node(1).name()).getStatus().getPodIP()))
          .isFalse();
    }
  }

  @Test
  void a_node_that_fails_is_noticed_and_comes_back() {
    try (Scope scope = new Scope()) {
      Web web = Web.start(scope, cluster);
      Node node = cluster.node(3);
      StringBuilder table = new StringBuilder("| event | seen | after |\n|---|---|---|\n");

      long start = System.nanoTime();
      node.powerOff();
      cluster.awaitNotReady(node);
      row(table, "node powered off", "not Ready", start);
      assertThat(Ping.answers(cluster.outside(), node.address())).isFalse();
      for (int i = 0; i < 10; i++) {
        assertThat(output(web.probe(cluster.node(1), "get", "http://" + web.clusterIp())))
            .startsWith("web-");
      }
      start = System.nanoTime();
      cluster.powerOn(node);
      Await.until(
          "the pod serves again",
          SOON,
          () -> fromOutsideKubernetes(web, node),
          answer -> answer.status() == 0);
      row(table, "node powered on", "pod serves", start);
      cluster.awaitNodesReady();
      row(table, "node powered on", "Ready", start);
      web.awaitReady();

      Pod before = web.on(node.name());
      start = System.nanoTime();
      node.partition();
      cluster.awaitNotReady(node);
      row(table, "node partitioned", "not Ready", start);
      assertThat(fromOutsideKubernetes(web, node).status()).isZero();
      assertThat(Ping.answers(cluster.outside(), node.address())).isFalse();
      start = System.nanoTime();
      node.heal();
      cluster.awaitNodesReady();
      row(table, "partition healed", "Ready", start);
      assertThat(web.on(node.name()).getMetadata().getUid())
          .isEqualTo(before.getMetadata().getUid());
      assertThat(restarts(web.on(node.name()))).isEqualTo(restarts(before));

      start = System.nanoTime();
      node.stopKubelet();
      cluster.awaitNotReady(node);
      row(table, "kubelet stopped", "not Ready", start);
      assertThat(fromOutsideKubernetes(web, node).status()).isZero();
      start = System.nanoTime();
      node.startKubelet();
      cluster.awaitNodesReady();
      row(table, "kubelet started", "Ready", start);
      System.out.print(table);
    }
  }

  @Test
  void a_second_cluster_lives_beside_the_first_and_leaves_nothing() {
    cluster.outside();
    Machine before = Machine.now();
    Path folder;
    Path kubeconfig;
    String link;
    try (TestCluster twin = TestCluster.start("twin", 1);
        Scope scope = new Scope()) {
      folder = twin.folder();
      kubeconfig = twin.kubeconfig();
      link = Command.run("ip", "route", "get", twin.client().getMasterUrl().getHost());
      assertThat(link).contains("dev ovbe2e-").doesNotContain(" via ");
      twin.overlayMtu(1450);
      Node added = twin.addNode();
      assertThat(twin.nodes()).hasSize(2);
      Web web = Web.start(scope, twin);
      assertThat(output(web.probe(added, "get", "http://" + web.name()))).startsWith("web-");
      String far = web.on(twin.node(1).name()).getStatus().getPodIP();
      assertThat(output(web.probe(added, "get", "http://" + far + ":8080/bytes/300000")))
          .hasSize(300_000);
      assertThat(added.run("ip", "link", "show", "eth0")).contains("mtu 1450");
      assertThat(added.run("ip", "route", "get", far)).contains(twin.node(1).address());
      assertThat(twin.hub().attempt(SOON, "ping", "-c1", "-W2", "-Mdo", "-s1372", far).status())
          .isZero();
      assertThat(twin.node(1).attempt(SOON, "ping", "-c1", "-W2", "-Mdo", "-s1373", far).status())
          .isNotZero();
      assertThat(twin.client().getMasterUrl()).isNotEqualTo(cluster.client().getMasterUrl());
      assertThat(cluster.kubectl("get", "nodes", "-o", "name").lines()).hasSize(3);
      assertThat(twin.helm("list", "--all-namespaces").output()).contains("NAMESPACE");
    }
    assertThat(Machine.now()).isEqualTo(before);
    assertThat(folder).doesNotExist();
    assertThat(kubeconfig).doesNotExist();
    assertThat(Command.run("ip", "-br", "link"))
        .doesNotContain(link.replaceAll("(?s).* dev (\\S+) .*", "$1") + "@");
  }

  /** Asked on the node itself: no other node takes part. */
  private static Command.Result fromOutsideKubernetes(Web web, Node node) {
    return node.attempt(
        SOON,
        Programs.ofNodes().resolve("probe").toString(),
        "get",
        "http://" + web.on(node.name()).getStatus().getPodIP() + ":8080");
  }

  private static int restarts(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .mapToInt(it -> it.getRestartCount())
        .sum();
  }

  private static String output(Command.Result result) {
    assertThat(result.status()).as(result.output()).isZero();
    return result.output();
  }

  private static void row(StringBuilder table, String event, String seen, long start) {
    table.append(
        String.format(
            Locale.ROOT, "| %s | %s | %.1f s |%n", event, seen, (System.nanoTime() - start) / 1e9));
  }
}

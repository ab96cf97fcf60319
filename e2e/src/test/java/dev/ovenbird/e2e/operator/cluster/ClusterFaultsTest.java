package dev.ovenbird.e2e.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.operator.cluster.FaultyWrites.Fault;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A write that fails, before it is sent or after it was done, at each place of a reconcile. */
class ClusterFaultsTest {
  private static final int FAULTS_OF_A_LIFE = 4;

  private static final FaultyWrites WRITES = new FaultyWrites();
  private static KubernetesClient operatorsClient;
  private static ClusterStage stage;

  @BeforeAll
  static void start() {
    ControlPlane.shared().installDefinitions();
    operatorsClient = WRITES.client(ControlPlane.shared().kubeconfig(), 0);
    stage = ClusterStage.start(operatorsClient);
  }

  @AfterAll
  static void stop() {
    stage.close();
    operatorsClient.close();
  }

  /** Some twenty lives of a cluster. */
  @Test
  @Timeout(value = 12, unit = TimeUnit.MINUTES)
  void whichever_write_fails_the_end_is_the_same() {
    try (Scope scope = new Scope()) {
      String namespace = stage.namespace(scope);
      FakeNodes nodes = FakeNodes.start(scope, stage.plane);
      nodes.add();
      awaitLeftoversGone();
      WRITES.reset();
      SortedSet<String> wanted = life(namespace, nodes);
      List<String> writes = WRITES.seen();
      assertThat(writes).hasSizeGreaterThan(16);
      Set<Map.Entry<String, Fault>> came = new HashSet<>();
      int lives = (writes.size() + FAULTS_OF_A_LIFE - 1) / FAULTS_OF_A_LIFE;
      for (int number = 0; number < 2 * lives; number++) {
        Map<String, Fault> faults = faults(writes, number % lives, lives, number < lives);
        WRITES.fail(faults);
        assertThat(life(namespace, nodes)).as("with %s", faults).isEqualTo(wanted);
        WRITES
            .failed()
            .forEach(name -> came.add(Map.entry(name, Objects.requireNonNull(faults.get(name)))));
      }
      // Lives differ by a status more or less, but each kind of write comes once in all of them.
      Set<Map.Entry<String, Fault>> all = new HashSet<>();
      for (String name : writes) {
        if (name.endsWith("#1")) {
          all.add(Map.entry(name, Fault.NotSent));
          all.add(Map.entry(name, Fault.NotAnswered));
        }
      }
      assertThat(came).containsAll(all);
    }
  }

  /**
   * What other tests left behind in namespaces that are going is this operator's to clean up first;
   * those writes are not this test's.
   */
  private static void awaitLeftoversGone() {
    KubernetesClient client = stage.client;
    Await.until(
        "leftovers are gone",
        Duration.ofMinutes(2),
        () ->
            Stream.concat(
                    client.resources(VpnCluster.class).inAnyNamespace().list().getItems().stream(),
                    client.resources(VpnClient.class).inAnyNamespace().list().getItems().stream())
                .map(it -> it.getMetadata().getNamespace() + "/" + it.getMetadata().getName())
                .toList(),
        List::isEmpty);
    WRITES.awaitQuiet(Duration.ofMinutes(1));
  }

  /** Every so many writes one fault, of both kinds in turn. */
  private static Map<String, Fault> faults(
      List<String> writes, int first, int step, boolean isSentFirst) {
    Map<String, Fault> faults = new HashMap<>();
    boolean isSent = isSentFirst;
    for (int i = first; i < writes.size(); i += step) {
      faults.put(writes.get(i), isSent ? Fault.NotAnswered : Fault.NotSent);
      isSent = !isSent;
    }
    return faults;
  }

  /** From creation to the end; returns what there was when it was ready. */
  private static SortedSet<String> life(String namespace, FakeNodes nodes) {
    VpnCluster cluster =
        stage.create(namespace, "office", nodes, 1, "networkCIDRs: [10.88.0.0/24]");
    VpnCluster ready = stage.awaitReady(cluster);
    SortedSet<String> there = new TreeSet<>();
    KubernetesClient client = stage.client;
    var mark = ClusterStage.mark(cluster);
    List<HasMetadata> all = new ArrayList<>(stage.daemonSets(cluster));
    all.addAll(client.configMaps().inNamespace(stage.agents).withLabels(mark).list().getItems());
    all.addAll(client.secrets().inNamespace(stage.agents).withLabels(mark).list().getItems());
    all.addAll(
        client.serviceAccounts().inNamespace(stage.agents).withLabels(mark).list().getItems());
    all.addAll(client.rbac().roles().inNamespace(stage.agents).withLabels(mark).list().getItems());
    all.addAll(
        client.rbac().roleBindings().inNamespace(stage.agents).withLabels(mark).list().getItems());
    String prefix = ClusterStage.names(cluster).agents();
    all.stream()
        // Rosters are another controller's, and come when they come.
        .filter(object -> !object.getMetadata().getName().contains("-roster-"))
        .forEach(
            object ->
                there.add(
                    object.getKind()
                        + " "
                        + object.getMetadata().getName().replace(prefix, "ovb")));
    for (VpnInstance instance : stage.instances(cluster)) {
      there.add(
          instance.getMetadata().getName()
              + " "
              + instance.getSpec().mode()
              + " "
              + instance.getStatus().endpoints());
    }
    // The day on which an authority ends is the next one after midnight.
    ready
        .getStatus()
        .conditions()
        .forEach(
            one ->
                there.add(
                    one.getType() + one.getMessage().replaceAll("\\d{4}-\\d{2}-\\d{2}", "day")));
    stage.delete(cluster);
    assertThat(stage.instances(cluster)).isEmpty();
    assertThat(stage.daemonSets(cluster)).isEmpty();
    return there;
  }
}

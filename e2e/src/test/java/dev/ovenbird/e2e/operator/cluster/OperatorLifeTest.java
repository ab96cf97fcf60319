package dev.ovenbird.e2e.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.OperatorInstallation;
import dev.ovenbird.e2e.operator.cluster.Requests.Asked;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The operator with the rights of its own YAML, through all that it ever has to do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorLifeTest {
  private Requests requests;
  private Requests conflicting;
  private Set<String> objections;
  private Set<String> objectionsToConflicts;
  private OperatorRights rights;

  /** One life undisturbed, and one in which whatever is written first meets a conflict. */
  @BeforeAll
  void live() throws Exception {
    OperatorInstallation installation = OperatorInstallation.install(ControlPlane.shared());
    requests = new Requests(false);
    try (KubernetesClient client = requests.client(installation.kubeconfig());
        OperatorLife life = new OperatorLife(client)) {
      lead(client);
      life.live();
      objections = life.objections();
      rights = OperatorRights.read(ControlPlane.shared().client(), life.agentsRules());
    }
    conflicting = new Requests(true);
    try (KubernetesClient client = conflicting.client(installation.kubeconfig());
        OperatorLife life = new OperatorLife(client)) {
      life.live();
      objectionsToConflicts = life.objections();
    }
  }

  /** As the operator's process does with its lease before anything else. */
  private static void lead(KubernetesClient client) throws Exception {
    CompletableFuture<?> leading = new CompletableFuture<>();
    var elector =
        client
            .leaderElector()
            .withConfig(
                new LeaderElectionConfigBuilder()
                    .withName("e2e")
                    .withLock(
                        new LeaseLock(OperatorInstallation.OPERATOR_NAMESPACE, "e2e-lead", "me"))
                    .withLeaseDuration(Duration.ofSeconds(15))
                    .withRenewDeadline(Duration.ofSeconds(10))
                    .withRetryPeriod(Duration.ofMillis(200))
                    .withReleaseOnCancel(true)
                    .withLeaderCallbacks(
                        new io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks(
                            () -> leading.complete(null), () -> {}, identity -> {}))
                    .build())
            .build();
    CompletableFuture<?> running = elector.start();
    leading.get(30, TimeUnit.SECONDS);
    running.cancel(true);
  }

  @Test
  void it_may_do_what_it_does_and_nothing_else() {
    Set<Asked> asked = new TreeSet<>(requests.asked());
    asked.addAll(requests.implied());
    asked.addAll(conflicting.asked());
    assertThat(rights.unused(asked))
        .as("rights in the chart that nothing uses and nobody justified")
        .isEmpty();
  }

  @Test
  void it_covers_what_it_gives_to_agents() {
    assertThat(rights.givenWithoutHaving()).isEmpty();
  }

  @Test
  void conflicts_on_every_kind_of_write_are_nobodys_business() {
    assertThat(objectionsToConflicts).isSubsetOf(withPassing(objections));
    Set<String> writes = new TreeSet<>();
    for (Asked asked : requests.asked()) {
      if (!Set.of("get", "list", "watch").contains(asked.verb())
          && !asked.resource().startsWith("leases")) {
        writes.add(asked.verb() + " " + asked.resource());
      }
    }
    assertThat(conflicting.refused()).containsAll(writes);
    assertThat(writes).hasSizeGreaterThan(20);
  }

  /** What comes and goes by chance in any life. */
  private static Set<String> withPassing(Set<String> said) {
    Set<String> all = new TreeSet<>(said);
    for (String reason : Set.of("InstancesNotReady", "NoNodes", "DNSEndpointMissing")) {
      all.add("VpnCluster Ready " + reason);
    }
    all.add("VpnCluster NamesPublished DNSEndpointMissing");
    all.add("VpnClient ProfileCurrent Settling");
    return all;
  }
}

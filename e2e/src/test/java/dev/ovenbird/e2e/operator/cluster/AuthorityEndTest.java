package dev.ovenbird.e2e.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.FakeNodes;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Nothing expires by surprise. */
class AuthorityEndTest {
  @Test
  void an_authority_that_ends_soon_is_said_two_years_ahead_until_it_has_a_successor() {
    try (Scope scope = new Scope();
        ClusterStage stage = ClusterStage.start(ControlPlane.shared().client())) {
      FakeNodes nodes = FakeNodes.start(scope, stage.plane);
      nodes.add();
      VpnCluster cluster = stage.create(stage.namespace(scope), "office", nodes, 1, "");
      stage.awaitReady(cluster);
      stage.awaitCondition(cluster, "AuthorityCurrent", "True", "Current");

      stage.clock.advance(Duration.ofDays(365 * 18 + 30)); // Of twenty years.
      stage.change(cluster, Map.of("limits", Map.of("maxClientsPerInstance", 500)));
      VpnCluster said =
          stage.awaitCondition(cluster, "AuthorityCurrent", "False", "AuthorityEndsSoon");
      assertThat(ClusterStage.message(said, "AuthorityCurrent"))
          .contains("ends on 20", "raise spec.pki.ca.generation by one", "new profiles");
      stage.awaitReady(cluster);
      Await.until(
          "event",
          ClusterStage.SOON,
          () ->
              stage
                  .plane
                  .kubectl("get", "events", "-n", cluster.getMetadata().getNamespace())
                  .output(),
          text -> text.contains("AuthorityEndsSoon"));

      stage.change(cluster, Map.of("pki", Map.of("ca", Map.of("generation", 2))));
      stage.awaitCondition(cluster, "AuthorityCurrent", "True", "Current");
      stage.delete(cluster);
    }
  }
}

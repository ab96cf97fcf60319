package dev.ovenbird.e2e.kubernetes;

import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Renews the leases of fake nodes: an existing cluster has a node-lifecycle controller, which calls
 * a node dead after 40 s without.
 */
final class NodeHeartbeats implements AutoCloseable {
  private static final String NAMESPACE = "kube-node-lease";
  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final int VALID_SECONDS = 40;

  private final KubernetesClient client;
  private final Set<String> nodes;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("node-heartbeats").daemon().factory());

  /**
   * @param nodes names, as they are at each beat
   */
  NodeHeartbeats(KubernetesClient client, Set<String> nodes) {
    this.client = client;
    this.nodes = nodes;
    timer.scheduleWithFixedDelay(this::beat, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void beat() {
    for (String node : nodes) {
      try {
        client
            .resource(
                new LeaseBuilder()
                    .withNewMetadata()
                    .withName(node)
                    .withNamespace(NAMESPACE)
                    .endMetadata()
                    .withNewSpec()
                    .withHolderIdentity(node)
                    .withLeaseDurationSeconds(VALID_SECONDS)
                    .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
                    .endSpec()
                    .build())
            .patch(Definitions.APPLY);
      } catch (KubernetesClientException e) {
        // The next beat comes before the lease ends.
      }
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    nodes.forEach(node -> client.leases().inNamespace(NAMESPACE).withName(node).delete());
  }
}

package dev.ovenbird.operator.reconcile;

import dev.ovenbird.operator.apply.Applier;
import dev.ovenbird.operator.reconcile.watch.Caches;
import dev.ovenbird.operator.status.Events;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.security.SecureRandom;
import java.time.Clock;

/** What every controller works with; all of it may be used by several threads. */
public record OperatorContext(
    KubernetesClient client,
    OperatorSettings settings,
    Caches caches,
    Clusters clusters,
    Applier applier,
    Events events,
    Clock clock,
    SecureRandom random) {

  /** With caches that {@link Caches#start} has yet to fill. */
  public static OperatorContext of(
      KubernetesClient client, OperatorSettings settings, Clock clock, SecureRandom random) {
    return new OperatorContext(
        client,
        settings,
        new Caches(client, settings),
        new Clusters(),
        new Applier(client),
        new Events(client, clock),
        clock,
        random);
  }
}

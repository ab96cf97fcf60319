package dev.ovenbird.operator.process;

import dev.ovenbird.operator.reconcile.ClusterIssuer;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.OperatorSettings;
import dev.ovenbird.operator.reconcile.pki.SecretClusterIssuer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Clock;

/** What Quarkus gives to the controllers' constructors. */
@Singleton
final class Parts {
  @Produces
  @Singleton
  OperatorSettings settings() {
    return EnvironmentSettings.read(System.getenv());
  }

  /** Its caches are filled before the first controller is there. */
  @Produces
  @Singleton
  OperatorContext context(KubernetesClient client, OperatorSettings settings) {
    OperatorContext context =
        OperatorContext.of(client, settings, Clock.systemUTC(), new SecureRandom());
    context.caches().start();
    return context;
  }

  @Produces
  @Singleton
  ClusterIssuer clusterIssuer(OperatorContext context) {
    return new SecretClusterIssuer(context);
  }

  /** By kind alone: the framework's own default keeps histograms for every single object. */
  @Produces
  @Singleton
  Metrics metrics(MeterRegistry registry) {
    return MicrometerMetrics.withoutPerResourceMetrics(registry);
  }

  /** Two replicas: one acts, the other follows with full caches. Who loses the lease ends. */
  @Produces
  @Singleton
  LeaderElectionConfiguration leaderElection(OperatorSettings settings) {
    return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(OperatorLease.NAME)
        .withLeaseNamespace(settings.operatorNamespace())
        // Its own exit would wait for the shutdown that it is called from, until it is killed.
        .withExitOnStopLeading(false)
        .withLeaderCallbacks(
            new LeaderCallbacks(() -> {}, () -> Quarkus.asyncExit(1), replica -> {}))
        .build();
  }
}

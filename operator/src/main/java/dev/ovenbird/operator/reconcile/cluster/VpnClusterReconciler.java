package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.reconcile.ClusterIssuer;
import dev.ovenbird.operator.reconcile.OperatorContext;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.rate.RateLimited;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Keeps each VpnCluster's agents, instances, names and status in step with its spec. */
@ControllerConfiguration(
    name = "vpncluster",
    finalizerName = Marks.FINALIZER,
    maxReconciliationInterval =
        @MaxReconciliationInterval(interval = 10, timeUnit = TimeUnit.MINUTES))
@RateLimited(maxReconciliations = 3, within = 1)
@GradualRetry(
    maxAttempts = Integer.MAX_VALUE,
    initialInterval = 250,
    intervalMultiplier = 2,
    maxInterval = 30_000)
public final class VpnClusterReconciler implements Reconciler<VpnCluster>, Cleaner<VpnCluster> {
  private final OperatorContext context;
  private final ClusterIssuer issuer;
  private final Map<String, Memory> memories = new ConcurrentHashMap<>();

  @Inject
  public VpnClusterReconciler(OperatorContext context, ClusterIssuer issuer) {
    this.context = context;
    this.issuer = issuer;
  }

  @Override
  public List<EventSource<?, VpnCluster>> prepareEventSources(
      EventSourceContext<VpnCluster> unused) {
    return new ClusterWatches(context.caches()).sources();
  }

  @Override
  public UpdateControl<VpnCluster> reconcile(VpnCluster cluster, Context<VpnCluster> unused) {
    Duration again = new ClusterRun(context, issuer, memory(cluster), cluster).run();
    UpdateControl<VpnCluster> control = UpdateControl.noUpdate();
    return again == null ? control : control.rescheduleAfter(again);
  }

  @Override
  public DeleteControl cleanup(VpnCluster cluster, Context<VpnCluster> unused) {
    Duration again = new ClusterRemoval(context, memory(cluster), cluster).run();
    if (again != null) {
      return DeleteControl.noFinalizerRemoval().rescheduleAfter(again.toMillis());
    }
    memories.remove(cluster.getMetadata().getUid());
    return DeleteControl.defaultDelete();
  }

  private Memory memory(VpnCluster cluster) {
    return memories.computeIfAbsent(
        cluster.getMetadata().getUid(), uid -> new Memory(context.settings().endpointSettle()));
  }
}

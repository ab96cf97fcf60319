package dev.ovenbird.operator.process;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.OperatorSettings;
import dev.ovenbird.operator.reconcile.cluster.ClusterWithdrawal;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What {@code helm uninstall} runs first: ends the operator, retires every instance in its place,
 * and takes its finalizers away. VpnClusters, VpnClients, profiles, authorities and claims stay. It
 * can be run again after it was interrupted.
 */
@Command(
    name = "uninstall",
    description = "Retires every instance; what people own stays (helm uninstall).")
final class Uninstall implements Callable<Integer> {
  private static final long PODS_SECONDS = 120;

  @Option(
      names = "--deployment",
      required = true,
      paramLabel = "NAME",
      description = "the operator's Deployment, which is scaled to zero first")
  private String deployment = "";

  @Override
  public Integer call() throws InterruptedException {
    OperatorSettings settings = EnvironmentSettings.read(System.getenv());
    try (KubernetesClient client = new KubernetesClientBuilder().build()) {
      endOperator(client, settings);
      OperatorContext context =
          OperatorContext.of(client, settings, Clock.systemUTC(), new SecureRandom());
      context.caches().start();
      try {
        retire(context);
        context.caches().clusters().getStore().list().forEach(it -> release(client, it));
        context.caches().clients().getStore().list().forEach(it -> release(client, it));
      } finally {
        context.caches().close();
      }
    }
    System.out.println("Nothing of Ovenbird is left on nodes.");
    return 0;
  }

  /** Two that act would undo each other's work. */
  private void endOperator(KubernetesClient client, OperatorSettings settings)
      throws InterruptedException {
    var operator =
        client.apps().deployments().inNamespace(settings.operatorNamespace()).withName(deployment);
    if (operator.get() == null) {
      return;
    }
    operator.scale(0);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PODS_SECONDS);
    // Asked again and again: it may read this one Deployment, and no others.
    while (!isEnded(operator.get()) || OperatorLease.read(client, settings).isHeld()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "Deployment "
                + deployment
                + " still has pods "
                + PODS_SECONDS
                + " s after it was scaled to 0; look at them, then run helm uninstall again");
      }
      TimeUnit.MILLISECONDS.sleep(500);
    }
    System.out.println("The operator is stopped.");
  }

  private static boolean isEnded(@Nullable Deployment operator) {
    return operator == null
        || operator.getStatus() == null
        || operator.getStatus().getReplicas() == null
        || operator.getStatus().getReplicas() == 0;
  }

  private static void retire(OperatorContext context) throws InterruptedException {
    List<ClusterWithdrawal> left = new ArrayList<>();
    for (VpnCluster cluster : context.caches().clusters().getStore().list()) {
      System.out.println(
          "Retiring the instances of VpnCluster "
              + cluster.getMetadata().getNamespace()
              + "/"
              + cluster.getMetadata().getName());
      left.add(new ClusterWithdrawal(context, cluster));
    }
    while (!left.isEmpty()) {
      left.removeIf(ClusterWithdrawal::isDone);
      TimeUnit.MILLISECONDS.sleep(left.isEmpty() ? 0 : 500);
    }
  }

  /** Else they could never be deleted once nobody is there to do what the finalizer stands for. */
  private static void release(KubernetesClient client, HasMetadata object) {
    if (object.getMetadata().getFinalizers().contains(Marks.FINALIZER)) {
      client
          .resource(object)
          .edit(
              it -> {
                it.getMetadata().getFinalizers().remove(Marks.FINALIZER);
                return it;
              });
    }
  }
}

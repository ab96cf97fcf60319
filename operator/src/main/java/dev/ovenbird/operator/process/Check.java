package dev.ovenbird.operator.process;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.operator.reconcile.OperatorSettings;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;

/** What {@code helm test} runs: one line for each thing that must be so; 1 if one is not. */
@Command(name = "check", description = "Checks the installation (helm test).")
final class Check implements Callable<Integer> {
  private boolean failed;

  @Override
  public Integer call() {
    OperatorSettings settings = EnvironmentSettings.read(System.getenv());
    try (KubernetesClient client = new KubernetesClientBuilder().build()) {
      say(
          "the API server knows VpnClusters",
          () -> nothing(client.resources(VpnCluster.class).inAnyNamespace().list()));
      say(
          "the agents' namespace " + settings.agentsNamespace() + " can be used",
          () -> nothing(client.apps().daemonSets().inNamespace(settings.agentsNamespace()).list()));
      say("a replica of the operator acts", () -> lease(client, settings));
    }
    return failed ? 1 : 0;
  }

  private static Optional<String> lease(KubernetesClient client, OperatorSettings settings) {
    OperatorLease lease = OperatorLease.read(client, settings);
    if (lease.isHeld()) {
      return Optional.empty();
    }
    return Optional.of(
        (lease.holder().isEmpty()
                ? "no replica holds the lease " + OperatorLease.NAME
                : lease.holder() + " has not renewed its lease")
            + "; look at the operator's pods");
  }

  private static Optional<String> nothing(Object unused) {
    return Optional.empty();
  }

  private void say(String what, Supplier<Optional<String>> check) {
    Optional<String> problem;
    try {
      problem = check.get();
    } catch (KubernetesClientException e) {
      problem = Optional.of(String.valueOf(e.getMessage()));
    }
    failed |= problem.isPresent();
    System.out.println(problem.map(it -> "FAILED  " + what + ": " + it).orElse("ok      " + what));
  }
}

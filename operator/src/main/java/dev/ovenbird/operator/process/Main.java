package dev.ovenbird.operator.process;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The operator's image: the operator itself, and what the chart's hooks run. */
@QuarkusMain
@Command(
    name = "operator",
    description = "Keeps VpnClusters and VpnClients in step with their specs, until it is stopped.",
    mixinStandardHelpOptions = true,
    subcommands = {Uninstall.class, Check.class})
public final class Main implements Runnable {
  /** Bad settings, as other programs of ours say it. */
  private static final int BAD_SETTINGS = 2;

  public static void main(String... arguments) {
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler(
        (failure, command, unused) -> {
          command.getErr().println("ovenbird operator: " + failure.getMessage());
          return failure instanceof IllegalArgumentException ? BAD_SETTINGS : 1;
        });
    int status = line.execute(arguments);
    // The operator itself goes on in Quarkus' threads and has its own way to end.
    if (status != 0 || line.getParseResult().hasSubcommand()) {
      System.exit(status);
    }
  }

  @Override
  public void run() {
    EnvironmentSettings.read(System.getenv());
    askApiServer();
    Quarkus.run();
  }

  /** Once, before Quarkus, which would print a page of stack trace where a line says it. */
  private static void askApiServer() {
    try (KubernetesClient client = new KubernetesClientBuilder().build()) {
      try {
        client.getKubernetesVersion();
      } catch (KubernetesClientException e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
          cause = cause.getCause();
        }
        throw new IllegalStateException(
            "no answer from the API server at "
                + client.getMasterUrl()
                + " ("
                + cause.getMessage()
                + "); in a pod look at the node's network, elsewhere at KUBECONFIG",
            e);
      }
    }
  }
}

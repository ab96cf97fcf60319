package dev.ovenbird.e2e.kubernetes;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A Kubernetes API server with what stands behind it: processes of this JVM, or an existing cluster
 * that {@code OVENBIRD_KUBECONFIG} names.
 */
public final class ControlPlane implements AutoCloseable {
  private static final Duration READY = Duration.ofSeconds(90);
  private static final Duration KUBECTL = Duration.ofSeconds(60);

  /** Escaped, since it becomes part of a header's name. */
  private static final String NODE_EXTRA = "authentication.kubernetes.io%2fnode-name";

  private static final AtomicInteger NAMES = new AtomicInteger();

  private final Scope scope = new Scope();
  private final Path programs;
  private final Path folder;
  private final Path kubeconfig;
  private final KubernetesClient client;
  private final List<Component> components;
  private final @Nullable ControlPlanePki pki;

  /** The one that all tests of this JVM share; it ends with the JVM. */
  private static final class Shared {
    static final ControlPlane INSTANCE = create();

    private static ControlPlane create() {
      String existing = System.getenv("OVENBIRD_KUBECONFIG");
      return existing == null || existing.isEmpty() ? start() : existing(Path.of(existing));
    }
  }

  private ControlPlane(@Nullable Path existing, @Nullable Site site, List<String> apiServerFlags) {
    programs = Programs.folder();
    folder = scope.add(DataFolder.create("ovenbird-kubernetes")).path();
    if (existing != null) {
      pki = null;
      kubeconfig = existing;
      components = List.of();
    } else {
      pki = ControlPlanePki.create(folder, site == null ? List.of() : site.addresses());
      ControlPlaneProcesses processes = new ControlPlaneProcesses(programs, folder, pki, site);
      kubeconfig =
          Kubeconfig.write(
              folder.resolve("admin.kubeconfig"),
              processes.server(),
              pki.authority(),
              Kubeconfig.certificate(pki.identity("admin", "system:masters")));
      components =
          List.of(
              processes.etcd(),
              processes.apiServer(apiServerFlags),
              processes.controllerManager(kubeconfig),
              processes.scheduler(kubeconfig));
      components.forEach(scope::add);
    }
    client = scope.add(Clients.of(kubeconfig));
  }

  /** The one that all tests of this JVM share: started when first asked for, or an existing one. */
  public static ControlPlane shared() {
    return Shared.INSTANCE;
  }

  /**
   * Starts one of one's own, for tests that restart its parts; returns when its controllers work.
   *
   * @param apiServerFlags further flags of kube-apiserver
   */
  public static ControlPlane start(String... apiServerFlags) {
    return started(new ControlPlane(null, null, List.of(apiServerFlags)));
  }

  /** Starts one in a network of its own, for real nodes that join by {@link #pki}. */
  public static ControlPlane start(Site site, String... apiServerFlags) {
    return started(new ControlPlane(null, site, List.of(apiServerFlags)));
  }

  private static ControlPlane started(ControlPlane plane) {
    long start = System.nanoTime();
    try {
      plane.etcd().start();
      plane.apiServer().start();
      plane.awaitApi();
      plane.controllerManager().start();
      plane.scheduler().start();
      plane.awaitReady();
    } catch (RuntimeException | Error e) {
      plane.close();
      throw e;
    }
    System.out.printf(
        Locale.ROOT,
        "Kubernetes control plane ready after %.1f s (KUBECONFIG=%s)%n",
        (System.nanoTime() - start) / 1e9,
        plane.kubeconfig);
    return plane;
  }

  /** Uses an existing cluster: starts nothing, and closing it stops nothing. */
  public static ControlPlane existing(Path kubeconfig) {
    ControlPlane plane = new ControlPlane(kubeconfig, null, List.of());
    plane.awaitReady();
    return plane;
  }

  /** Whether the parts are this JVM's own processes. */
  public boolean isOwn() {
    return !components.isEmpty();
  }

  public Component etcd() {
    return component(0);
  }

  public Component apiServer() {
    return component(1);
  }

  public Component controllerManager() {
    return component(2);
  }

  public Component scheduler() {
    return component(3);
  }

  private Component component(int index) {
    if (components.isEmpty()) {
      throw new IllegalStateException(
          "the control plane of " + kubeconfig + " is not ours to restart: use ControlPlane.start");
    }
    return components.get(index);
  }

  /** What signs for those who join: nodes, and whoever else needs a certificate of this cluster. */
  public ControlPlanePki pki() {
    if (pki == null) {
      throw new IllegalStateException("the authority of " + kubeconfig + " is not ours");
    }
    return pki;
  }

  /** Waits until the API server says that it is ready. */
  public void awaitApi() {
    try (KubernetesClient asking = Clients.withoutRetries(kubeconfig)) {
      Await.until("the API server ready", READY, () -> answer(asking), "ok"::equals);
    } catch (RuntimeException e) {
      throw isOwn()
          ? new IllegalStateException("kube-apiserver: " + apiServer().log().tail(20), e)
          : e;
    }
  }

  private String answer(KubernetesClient asking) {
    for (Component component : components.subList(0, Math.min(2, components.size()))) {
      if (!component.isAlive()) {
        throw new IllegalStateException(component + " ended: " + component.log().tail(20));
      }
    }
    try {
      return String.valueOf(asking.raw("/readyz"));
    } catch (KubernetesClientException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Waits until the API server is ready and a new namespace gets its ServiceAccount. */
  public void awaitReady() {
    awaitApi();
    try (Scope probe = new Scope()) {
      namespace(probe, "ready");
    }
  }

  /** A client with all rights. */
  public KubernetesClient client() {
    return client;
  }

  /** A client with the rights of a kubeconfig; the caller closes it. */
  public KubernetesClient client(Path kubeconfigFile) {
    return Clients.of(kubeconfigFile);
  }

  /** A client that acts as a user of these groups by impersonation; the caller closes it. */
  public KubernetesClient clientAs(String user, String... groups) {
    return Clients.as(kubeconfig, user, Map.of(), groups);
  }

  /**
   * A client that acts as an agent's pod would, with its node in the token's extra fields, by
   * impersonation; the caller closes it.
   */
  public KubernetesClient clientOnNode(String namespace, String serviceAccount, String node) {
    return Clients.as(
        kubeconfig,
        "system:serviceaccount:" + namespace + ":" + serviceAccount,
        Map.of(NODE_EXTRA, List.of(node)),
        "system:serviceaccounts",
        "system:serviceaccounts:" + namespace,
        "system:authenticated");
  }

  /** The kubeconfig with all rights. */
  public Path kubeconfig() {
    return kubeconfig;
  }

  /** A kubeconfig with a ServiceAccount's own token, for a process to run with. */
  public Path kubeconfigOf(String namespace, String serviceAccount) {
    return Clients.kubeconfigOf(client, folder, namespace, serviceAccount);
  }

  /** Runs kubectl as admin; its exit status is the caller's to look at. */
  public Command.Result kubectl(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                programs.resolve("kubectl").toString(),
                "--kubeconfig=" + kubeconfig,
                "--cache-dir=" + folder.resolve("kubectl")));
    command.addAll(List.of(arguments));
    return Command.attempt(KUBECTL, command);
  }

  /** {@code kubectl apply -f -} with the text; its exit status is the caller's to look at. */
  public Command.Result apply(String yaml, String... arguments) {
    try {
      Path file = Files.createTempFile(folder, "apply", ".yaml");
      Files.writeString(file, yaml);
      List<String> command = new ArrayList<>(List.of("apply", "-f", file.toString()));
      command.addAll(List.of(arguments));
      return kubectl(command.toArray(String[]::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes a namespace of a name that nobody had before and waits for its default ServiceAccount; it
   * is deleted with the scope, without waiting for the end.
   */
  public String namespace(Scope owner, String purpose) {
    return namespace(owner, purpose, Map.of());
  }

  /** The same, with labels (Pod Security's, say). */
  public String namespace(Scope owner, String purpose, Map<String, String> labels) {
    String name =
        purpose
            + "-"
            + Long.toString(System.currentTimeMillis() / 100 % 1_000_000, 36)
            + NAMES.incrementAndGet();
    client
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .build())
        .create();
    owner.add(() -> client.namespaces().withName(name).delete());
    Await.until(
        "namespace " + name + " with its ServiceAccount",
        READY,
        () -> client.serviceAccounts().inNamespace(name).withName("default").get() != null,
        Boolean::booleanValue);
    return name;
  }

  /**
   * Deletes the clusters of a namespace and waits until they are gone: while their namespace is
   * taken away, operators of later tests would still see them, and take them over.
   */
  public void deleteClusters(String namespace) {
    var clusters = client.resources(VpnCluster.class).inNamespace(namespace);
    clusters.delete();
    Await.until(
        "no cluster in " + namespace, READY, () -> clusters.list().getItems(), List::isEmpty);
  }

  /** Installs the CRDs and policies of the {@code crds} module, or brings them up to date. */
  public void installDefinitions() {
    Definitions.install(client);
  }

  /** Ends the processes and takes their data away. */
  @Override
  public void close() {
    scope.close();
  }

  @Override
  public String toString() {
    return "control plane of " + kubeconfig;
  }
}

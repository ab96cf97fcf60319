package dev.ovenbird.e2e.kubernetes;

import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/**
 * One replica of the packaged operator as a process of this machine, with its ServiceAccount's own
 * rights.
 */
public final class OperatorProcess implements AutoCloseable {
  /** As the operator's image runs it; the limit for the whole process is 512 MB. */
  public static final int HEAP_MEGABYTES = 256;

  private static final String JAR = "operator/target/quarkus-app/quarkus-run.jar";
  private static final Duration READY = Duration.ofSeconds(90);

  /** Metrics of a busy operator on a busy machine; what is asked for again is not in a hurry. */
  private static final Duration REQUEST = Duration.ofSeconds(30);

  private final Component component;
  private final int port;
  private final HttpClient http;

  private OperatorProcess(Component component, int port) {
    this.component = component;
    this.port = port;
    this.http = HttpClient.newBuilder().connectTimeout(REQUEST).build();
  }

  /**
   * Starts a replica, without waiting for it.
   *
   * @param name its pod's name, and its identity in leader election
   */
  public static OperatorProcess launch(
      Scope scope, OperatorInstallation installation, String name) {
    Path jar = Installation.home().resolve(JAR);
    if (!Files.exists(jar)) {
      throw new IllegalStateException(jar + " is missing: build with mvn package");
    }
    int port = FreePorts.next();
    Map<String, String> environment =
        Map.of(
            "KUBECONFIG",
            installation.kubeconfig().toString(),
            "HOSTNAME",
            name,
            "POD_NAME",
            name,
            "POD_NAMESPACE",
            OperatorInstallation.OPERATOR_NAMESPACE,
            "OVENBIRD_AGENTS_NAMESPACE",
            OperatorInstallation.AGENTS_NAMESPACE,
            "OVENBIRD_AGENT_IMAGE",
            "registry.example/ovenbird-agent:e2e",
            "QUARKUS_HTTP_HOST",
            "127.0.0.1",
            "QUARKUS_HTTP_PORT",
            Integer.toString(port));
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + HEAP_MEGABYTES + "m",
            "-XX:+UseSerialGC",
            "-jar",
            jar.toString());
    Component component = scope.add(new Component(name, environment, command));
    return new OperatorProcess(component.start(), port);
  }

  /** Starts a replica and waits until it says that it is ready. */
  public static OperatorProcess start(Scope scope, OperatorInstallation installation, String name) {
    return launch(scope, installation, name).awaitReady();
  }

  /** Waits for {@code /q/health/ready} to answer 200. */
  public OperatorProcess awaitReady() {
    // Each "no" is a line in the operator's log, so they are asked for sparingly.
    Awaitility.await(component + " ready")
        .atMost(READY)
        .pollInterval(Duration.ofMillis(250))
        .until(
            () -> {
              if (!component.isAlive()) {
                throw new IllegalStateException(component + " ended: " + component.log().tail(30));
              }
              return isReady();
            });
    return this;
  }

  /** What its readiness probe would say now. */
  public boolean isReady() {
    return status("/q/health/ready") == HttpURLConnection.HTTP_OK;
  }

  private int status(String path) {
    try {
      return get(path).statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  /** Its metrics, as Prometheus would read them. */
  public String metrics() {
    try {
      return get("/q/metrics").body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private HttpResponse<String> get(String path) throws IOException {
    try {
      return http.send(request(path), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(REQUEST)
        .build();
  }

  /** Its process: to kill, to start again, to measure. */
  public Component component() {
    return component;
  }

  @Override
  public void close() {
    component.close();
  }

  @Override
  public String toString() {
    return component.toString();
  }
}

package dev.ovenbird.e2e.operator.cluster;

import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.process.Await;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts what a client writes, and fails chosen writes: before they are sent, or after they were
 * done.
 */
final class FaultyWrites implements Interceptor {
  /** How a write fails. */
  enum Fault {
    NotSent,
    NotAnswered
  }

  /** Nobody listens there. */
  private static final URI NOWHERE = URI.create("https://127.0.0.1:1/");

  private final Set<String> lost = ConcurrentHashMap.newKeySet();
  private final List<String> seen = new ArrayList<>();
  private final Set<String> failed = new HashSet<>();
  private Map<String, Fault> faults = Map.of();

  /**
   * @param retries of the client itself, which would hide a failure from the controller
   */
  KubernetesClient client(Path kubeconfig, int retries) {
    Config config =
        new ConfigBuilder(Config.fromKubeconfig(kubeconfig.toFile()))
            .withRequestRetryBackoffLimit(retries)
            .build();
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientBuilderConsumer(builder -> builder.addOrReplaceInterceptor("faults", this))
        .build();
  }

  static KubernetesClient counted(FaultyWrites writes) {
    return writes.client(ControlPlane.shared().kubeconfig(), 10);
  }

  /**
   * What was written, in order: {@code PATCH …/daemonsets/ovb-0 #2} is the second such write. No
   * cluster's UID is in it, so that the same write of another cluster has the same name.
   */
  synchronized List<String> seen() {
    return List.copyOf(seen);
  }

  /** Until no write has come for a second and a half, beyond what the controller holds back. */
  void awaitQuiet(Duration limit) {
    int[] last = {-1};
    long[] since = {0};
    Await.until(
        "no more writes",
        limit,
        () -> seen().size(),
        count -> {
          if (count != last[0]) {
            last[0] = count;
            since[0] = System.nanoTime();
          }
          return System.nanoTime() - since[0] > 1_500_000_000L;
        });
  }

  /** Those that failed. */
  synchronized Set<String> failed() {
    return Set.copyOf(failed);
  }

  /** Counts anew. */
  void reset() {
    fail(Map.of());
  }

  /** Counts anew, and fails the writes of these names. */
  synchronized void fail(Map<String, Fault> writes) {
    seen.clear();
    lost.clear();
    failed.clear();
    faults = Map.copyOf(writes);
  }

  private synchronized @Nullable Fault next(HttpRequest request) {
    String kind =
        request.method()
            + " "
            + request.uri().getPath().replaceAll("/ovb-[0-9a-f]{8}", "/ovb")
            + " #";
    String name = kind + (1 + seen.stream().filter(each -> each.startsWith(kind)).count());
    seen.add(name);
    Fault fault = faults.get(name);
    if (fault != null) {
      failed.add(name);
    }
    return fault;
  }

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    String path = request.uri().getPath();
    if (request.method().equals("GET") || path.endsWith("/events") || isOthers(request)) {
      return; // Events may be lost.
    }
    Fault fault = next(request);
    if (fault == Fault.NotSent) {
      builder.uri(NOWHERE);
    } else if (fault == Fault.NotAnswered) {
      lost.add(request.uri() + request.method());
    }
  }

  /** Rosters are another controller's, and made when it comes to it: the cluster's applies. */
  private static boolean isOthers(HttpRequest request) {
    String path = request.uri().getPath();
    return path.contains("-roster-")
        || (request.method().equals("POST") && path.endsWith("/configmaps"));
  }

  @Override
  public void after(
      HttpRequest request,
      HttpResponse<?> response,
      AsyncBody.Consumer<List<ByteBuffer>> consumer) {
    if (lost.remove(request.uri() + request.method())) {
      throw new IllegalStateException("the answer is lost");
    }
  }
}

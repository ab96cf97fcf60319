package dev.ovenbird.e2e.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Says of the pods of fake nodes what kubelets would: that they run and are ready, and, when they
 * are deleted, that they have ended.
 */
public final class FakeKubelet implements AutoCloseable {
  static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);
  static final PatchContext STRATEGIC_MERGE = PatchContext.of(PatchType.STRATEGIC_MERGE);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int WRITERS = 8;
  private static final Duration RETRY = Duration.ofMillis(300);

  private final KubernetesClient client;
  private final ScheduledExecutorService writers =
      Executors.newScheduledThreadPool(
          WRITERS, Thread.ofPlatform().name("fake-kubelet-", 0).daemon().factory());
  private final Set<String> nodes = ConcurrentHashMap.newKeySet();
  private final Set<String> dead = ConcurrentHashMap.newKeySet();
  private final Set<String> removed = ConcurrentHashMap.newKeySet();
  private final Set<String> queued = ConcurrentHashMap.newKeySet();
  private final SharedIndexInformer<Pod> pods;
  private volatile Predicate<Pod> ready = pod -> true;
  private volatile Duration lag = Duration.ZERO;

  FakeKubelet(KubernetesClient client) {
    this.client = client;
    this.pods =
        client
            .pods()
            .inAnyNamespace()
            .inform(
                new ResourceEventHandler<>() {
                  @Override
                  public void onAdd(Pod pod) {
                    enqueue(pod, lag);
                  }

                  @Override
                  public void onUpdate(Pod before, Pod pod) {
                    enqueue(pod, lag);
                  }

                  @Override
                  public void onDelete(Pod pod, boolean finalStateUnknown) {}
                });
  }

  /** Which pods become and stay ready from here on; at first all. The others run, unready. */
  public void readyIf(Predicate<Pod> wanted) {
    ready = wanted;
    lookAgain();
  }

  /** How long a pod takes from being scheduled to ready, and from deleted to gone; at first 0. */
  public void lag(Duration duration) {
    lag = duration;
  }

  /** From here on the node's pods stay as they are, like those of a machine without power. */
  public void stop(String node) {
    dead.add(node);
  }

  /** Undoes {@link #stop}. */
  public void resume(String node) {
    dead.remove(node);
    lookAgain();
  }

  /** The pods of these nodes as last seen. */
  public List<Pod> pods() {
    return pods.getStore().list().stream().filter(this::isServed).toList();
  }

  /** Deletes the node's pods, now and later, as the pod garbage collector would within minutes. */
  void forget(String node) {
    removed.add(node);
    lookAgain();
  }

  void serve(String node) {
    nodes.add(node);
  }

  private void lookAgain() {
    pods.getStore().list().forEach(pod -> enqueue(pod, Duration.ZERO));
  }

  private boolean isServed(Pod pod) {
    String node = pod.getSpec().getNodeName();
    return node != null && nodes.contains(node) && !dead.contains(node);
  }

  private void enqueue(Pod pod, Duration delay) {
    String key = pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
    if (!isServed(pod) || !queued.add(key)) {
      return;
    }
    try {
      writers.schedule(() -> handle(key), delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // Closed meanwhile.
    }
  }

  private void handle(String key) {
    queued.remove(key);
    Pod pod = pods.getStore().getByKey(key);
    if (pod == null || !isServed(pod)) {
      return;
    }
    try {
      if (pod.getMetadata().getDeletionTimestamp() != null
          || removed.contains(pod.getSpec().getNodeName())) {
        client.resource(pod).withGracePeriod(0).delete();
      } else if (!isRunning(pod) || isReady(pod) != ready.test(pod)) {
        client
            .resource(pod)
            .subresource("status")
            .patch(STRATEGIC_MERGE, json(Map.of("status", status(pod, ready.test(pod)))));
      }
    } catch (KubernetesClientException e) {
      // Gone already, or the API server is away for now.
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        enqueue(pod, RETRY);
      }
    }
  }

  private static boolean isRunning(Pod pod) {
    return pod.getStatus() != null && "Running".equals(pod.getStatus().getPhase());
  }

  private static boolean isReady(Pod pod) {
    for (PodCondition condition : pod.getStatus().getConditions()) {
      if (condition.getType().equals("Ready")) {
        return condition.getStatus().equals("True");
      }
    }
    return false;
  }

  private static Map<String, Object> status(Pod pod, boolean ready) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    List<Object> containers = new ArrayList<>();
    for (Container container : pod.getSpec().getContainers()) {
      containers.add(
          Map.of(
              "name",
              container.getName(),
              "image",
              String.valueOf(container.getImage()),
              "imageID",
              "fake",
              "ready",
              ready,
              "started",
              true,
              "restartCount",
              0,
              "state",
              Map.of("running", Map.of("startedAt", now))));
    }
    List<Object> conditions = new ArrayList<>();
    for (String type : List.of("Initialized", "ContainersReady", "Ready")) {
      boolean holds = ready || type.equals("Initialized");
      conditions.add(
          Map.of("type", type, "status", holds ? "True" : "False", "lastTransitionTime", now));
    }
    return Map.of(
        "phase",
        "Running",
        "startTime",
        now,
        "conditions",
        conditions,
        "containerStatuses",
        containers);
  }

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Lets go of what is left of its pods. */
  @Override
  public void close() {
    pods.close();
    writers.shutdownNow();
  }
}

package dev.ovenbird.e2e.kubernetes;

import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reports of agents that are not there: each VpnInstance gets one at once when it is new or its
 * mode changes, and one every interval, with the sessions that the test says.
 */
public final class FakeAgents implements AutoCloseable {
  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("ovenbird-agent")
          .withForce(true)
          .build();

  private static final int WRITERS = 4;
  private static final Duration AGAIN = Duration.ofMillis(500);

  private final KubernetesClient client;
  private final Duration interval;

  /** An instance always has the same one: a report must not overtake a later one. */
  private final List<ScheduledExecutorService> writers = writers();

  private final SharedIndexInformer<VpnInstance> instances;
  private final Set<String> silent = ConcurrentHashMap.newKeySet();

  /** By UID: when the instance first reported, which its conditions keep. */
  private final Map<String, String> since = new ConcurrentHashMap<>();

  private final LongAdder reports = new LongAdder();
  private volatile Function<VpnInstance, List<VpnInstanceStatus.Session>> sessions =
      instance -> List.of();

  private volatile Function<VpnInstance, @Nullable List<Integer>> serverKeys = instance -> null;

  private FakeAgents(KubernetesClient client, String namespace, Duration interval) {
    this.client = client;
    this.interval = interval;
    this.instances =
        client
            .resources(VpnInstance.class)
            .inNamespace(namespace)
            .inform(
                new ResourceEventHandler<>() {
                  @Override
                  public void onAdd(VpnInstance instance) {
                    schedule(key(instance), Duration.ZERO);
                    // Agents of a thousand nodes do not keep step.
                    long first = ThreadLocalRandom.current().nextLong(interval.toMillis());
                    repeat(key(instance), Duration.ofMillis(first));
                  }

                  @Override
                  public void onUpdate(VpnInstance before, VpnInstance instance) {
                    // Also another of that name, if this is what a broken watch makes of it.
                    if (!before.getSpec().equals(instance.getSpec())
                        || !before.getMetadata().getUid().equals(instance.getMetadata().getUid())) {
                      schedule(key(instance), Duration.ZERO);
                    }
                  }

                  @Override
                  public void onDelete(VpnInstance instance, boolean finalStateUnknown) {
                    since.remove(instance.getMetadata().getUid());
                  }
                });
  }

  /** Reports for all instances of the agents' namespace, every interval. */
  public static FakeAgents start(
      Scope scope, ControlPlane plane, String agentsNamespace, Duration interval) {
    return scope.add(new FakeAgents(plane.client(), agentsNamespace, interval));
  }

  /** Who is connected where, asked at each report; at first nobody. */
  public void sessions(Function<VpnInstance, List<VpnInstanceStatus.Session>> connected) {
    sessions = connected;
  }

  /** Which server keys each serves by, asked at each report; at first nothing is said of them. */
  public void serverKeys(Function<VpnInstance, @Nullable List<Integer>> generations) {
    serverKeys = generations;
  }

  /** Has every instance report once more, without waiting for its turn. */
  public void reportNow() {
    instances.getStore().list().forEach(instance -> schedule(key(instance), Duration.ZERO));
  }

  /** From here on the node's instances report nothing, as if it had no power. */
  public void silence(String node) {
    silent.add(node);
  }

  /** Instances as last seen. */
  public List<VpnInstance> instances() {
    return instances.getStore().list();
  }

  /** How many reports were written so far. */
  public long reports() {
    return reports.sum();
  }

  private static String key(VpnInstance instance) {
    return instance.getMetadata().getNamespace() + "/" + instance.getMetadata().getName();
  }

  private void repeat(String key, Duration delay) {
    execute(
        key,
        () -> {
          if (instances.getStore().getByKey(key) != null) {
            try {
              report(key);
            } finally {
              repeat(key, interval);
            }
          }
        },
        delay);
  }

  private void schedule(String key, Duration delay) {
    execute(key, () -> report(key), delay);
  }

  private static List<ScheduledExecutorService> writers() {
    ThreadFactory threads = Thread.ofPlatform().name("fake-agent-", 0).daemon().factory();
    return Stream.generate(() -> Executors.newSingleThreadScheduledExecutor(threads))
        .limit(WRITERS)
        .toList();
  }

  private void execute(String key, Runnable task, Duration delay) {
    try {
      writers
          .get(Math.floorMod(key.hashCode(), WRITERS))
          .schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // Closed meanwhile.
    }
  }

  private void report(String key) {
    VpnInstance instance = instances.getStore().getByKey(key);
    if (instance == null || silent.contains(instance.getSpec().nodeName())) {
      return;
    }
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    VpnInstance report = new VpnInstance();
    report.setMetadata(
        new ObjectMetaBuilder()
            .withName(instance.getMetadata().getName())
            .withNamespace(instance.getMetadata().getNamespace())
            .withUid(instance.getMetadata().getUid())
            .build());
    // The API server wants a valid spec and ignores it in a status write.
    report.setSpec(instance.getSpec());
    List<VpnInstanceStatus.Session> connected = sessions.apply(instance);
    report.setStatus(
        new VpnInstanceStatus(
            instance.getMetadata().getGeneration(),
            instance.getSpec().mode(),
            serverKeys.apply(instance),
            null,
            connected.size(),
            connected,
            now,
            conditions(
                instance.getSpec().mode(),
                since.computeIfAbsent(instance.getMetadata().getUid(), uid -> now))));
    try {
      client.resource(report).subresource("status").patch(APPLY);
      reports.increment();
    } catch (KubernetesClientException e) {
      // Deleted meanwhile, or the API server is away, or somebody else wrote at the same time.
      if (instances.getStore().getByKey(key) != null) {
        schedule(key, AGAIN);
      }
    }
  }

  private static List<Condition> conditions(VpnInstanceSpec.Mode mode, String since) {
    boolean serves = mode == VpnInstanceSpec.Mode.Serve;
    return List.of(
        new ConditionBuilder()
            .withType("Ready")
            .withStatus(serves ? "True" : "False")
            .withReason(serves ? "Serving" : mode.name())
            .withMessage(serves ? "all listeners serve" : "the operator said so")
            .withLastTransitionTime(since)
            .build());
  }

  @Override
  public void close() {
    instances.close();
    writers.forEach(ScheduledExecutorService::shutdownNow);
  }
}

package dev.ovenbird.e2e.kubernetes;

import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Node objects of one test, told from others' by {@link #labels}, and the stand-in for their
 * kubelets. They go with the scope.
 */
public final class FakeNodes implements AutoCloseable {
  /** The label that all nodes of one set carry. */
  public static final String SET_LABEL = "e2e.ovenbird.dev/nodes";

  private static final int WRITERS = 8;
  private static final AtomicInteger SETS = new AtomicInteger();

  /** Nodes made by this JVM so far: no two get the same addresses. */
  private static final AtomicInteger MADE = new AtomicInteger();

  private final KubernetesClient client;
  private final String set;
  private final Set<String> names = ConcurrentHashMap.newKeySet();
  private final AtomicInteger inSet = new AtomicInteger();
  private final FakeKubelet kubelet;

  private final @Nullable NodeHeartbeats heartbeats;

  private FakeNodes(ControlPlane plane, String set) {
    this.client = plane.client();
    this.set = set;
    this.kubelet = new FakeKubelet(client);
    this.heartbeats = plane.isOwn() ? null : new NodeHeartbeats(client, names);
  }

  /** An empty set. */
  public static FakeNodes start(Scope scope, ControlPlane plane) {
    String set =
        "n"
            + Long.toString(System.currentTimeMillis() / 100 % 1_000_000, 36)
            + SETS.incrementAndGet();
    return scope.add(new FakeNodes(plane, set));
  }

  /** What selects this set's nodes and no others: for {@code spec.instances.nodeSelector}. */
  public Map<String, String> labels() {
    return Map.of(SET_LABEL, set);
  }

  /** What makes this set's pods run, and can be told otherwise. */
  public FakeKubelet kubelet() {
    return kubelet;
  }

  /** A ready node with an InternalIP of 10.128.0.0/9 and an ExternalIP of 198.18.0.0/15. */
  public FakeNode next() {
    int number = MADE.incrementAndGet();
    String low = (number >> 8 & 0xff) + "." + (number & 0xff);
    return new FakeNode(
        set + "-" + inSet.incrementAndGet(),
        Map.of(),
        List.of("10.128." + low),
        List.of("198.18." + low));
  }

  /** Adds {@link #next} and returns its name. */
  public String add() {
    return add(next());
  }

  /** Adds as many, several at a time, and returns their names. */
  public List<String> add(int count) {
    List<FakeNode> nodes = IntStream.range(0, count).mapToObj(i -> next()).toList();
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      nodes.forEach(node -> writers.execute(() -> add(node)));
    }
    nodes.forEach(
        node -> {
          if (!names.contains(node.name())) {
            throw new IllegalStateException("node " + node.name() + " could not be made");
          }
        });
    return nodes.stream().map(FakeNode::name).toList();
  }

  public String add(FakeNode node) {
    Node object = node.node(true);
    object.getMetadata().getLabels().putAll(labels());
    kubelet.serve(node.name());
    client.resource(object).create();
    client
        .resource(object)
        .subresource("status")
        .patch(FakeKubelet.MERGE, FakeKubelet.json(Map.of("status", object.getStatus())));
    names.add(node.name());
    return node.name();
  }

  /**
   * Deletes the Node object and the pods that were on it. To see what happens while the pods are
   * still there, {@link FakeKubelet#stop} the node first: then the pod garbage collector comes for
   * them, after about a minute.
   */
  public void remove(String name) {
    client.nodes().withName(name).delete();
    names.remove(name);
    kubelet.forget(name);
  }

  /** Sets the node's Ready condition; nobody taints or evicts for it. */
  public void setReady(String name, boolean ready) {
    Node node = new FakeNode(name, Map.of(), List.of(), List.of()).node(ready);
    client
        .nodes()
        .withName(name)
        .subresource("status")
        .patch(
            FakeKubelet.STRATEGIC_MERGE,
            FakeKubelet.json(
                Map.of("status", Map.of("conditions", node.getStatus().getConditions()))));
  }

  @Override
  public void close() {
    if (heartbeats != null) {
      heartbeats.close();
    }
    client.nodes().withLabels(labels()).delete();
    kubelet.close();
  }

  @Override
  public String toString() {
    return "fake nodes " + set;
  }
}

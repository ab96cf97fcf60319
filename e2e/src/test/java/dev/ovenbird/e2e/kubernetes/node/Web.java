package dev.ovenbird.e2e.kubernetes.node;

import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;

/** A web server on every node, behind one Service, in a namespace of its own. */
public record Web(KubernetesCluster cluster, String namespace) {
  static final String SERVICE = "web";

  private static final String MANIFEST =
      """
      apiVersion: apps/v1
      kind: DaemonSet
      metadata: {name: web, namespace: %1$s}
      spec:
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            terminationGracePeriodSeconds: 1
            containers:
            - name: web
              image: %2$s
              readinessProbe: {httpGet: {port: 8080}, periodSeconds: 1}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: %1$s}
      spec:
        selector: {app: web}
        ports: [{port: 80, targetPort: 8080}]
      """;

  public static Web start(Scope scope, KubernetesCluster cluster) {
    String namespace = cluster.plane().namespace(scope, "web");
    cluster.apply(MANIFEST.formatted(namespace, TestImages.WEB));
    Web web = new Web(cluster, namespace);
    web.awaitReady();
    return web;
  }

  /** New pods everywhere, on links as they now are. */
  public void restart() {
    cluster.kubectl("rollout", "restart", "daemonset/" + SERVICE, "--namespace=" + namespace);
    awaitReady();
  }

  public void awaitReady() {
    cluster.awaitRollout("daemonset/" + SERVICE, namespace);
  }

  /** The pod of a node that is not on its way out. */
  public Pod on(String node) {
    return pods().stream()
        .filter(it -> node.equals(it.getSpec().getNodeName()))
        .filter(it -> it.getMetadata().getDeletionTimestamp() == null)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no pod on " + node));
  }

  List<Pod> pods() {
    return cluster.client().pods().inNamespace(namespace).list().getItems();
  }

  /** Runs the probe in the pod of a node. */
  Command.Result probe(Node from, String... arguments) {
    String[] command = new String[arguments.length + 6];
    List<String> exec =
        List.of("exec", "-n", namespace, on(from.name()).getMetadata().getName(), "--", "probe");
    exec.toArray(command);
    System.arraycopy(arguments, 0, command, exec.size(), arguments.length);
    return cluster.plane().kubectl(command);
  }

  /** The name of the Service in the cluster's DNS. */
  String name() {
    return SERVICE + "." + namespace + ".svc.cluster.local";
  }

  public String clusterIp() {
    return cluster
        .client()
        .services()
        .inNamespace(namespace)
        .withName(SERVICE)
        .require()
        .getSpec()
        .getClusterIP();
  }
}

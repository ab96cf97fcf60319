package dev.ovenbird.e2e.kubernetes.node;

import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.kubernetes.DataFolder;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Scope;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * Somebody's cluster, by a kubeconfig. Its nodes' addresses must be in this machine's reach, and
 * its nodes able to get the images. It is not taken away.
 */
public final class ExistingCluster extends KubernetesCluster {
  private final Scope scope = new Scope();
  private final ControlPlane plane;
  private final Path folder;
  private final HostedPlaces places;

  public ExistingCluster(Path kubeconfig) {
    Namespace.sweep();
    try {
      plane = scope.add(ControlPlane.existing(kubeconfig));
      folder = scope.add(DataFolder.onDisk("ovenbird-cluster-existing")).path();
      places = scope.add(new HostedPlaces(folder));
    } catch (RuntimeException | Error e) {
      scope.close();
      throw e;
    }
  }

  @Override
  public ControlPlane plane() {
    return plane;
  }

  @Override
  public Path folder() {
    return folder;
  }

  @Override
  public List<Host> hosts() {
    return client().nodes().list().getItems().stream()
        .filter(ExistingCluster::takesPods)
        .map(node -> new Host(node.getMetadata().getName(), address(node)))
        .sorted(Comparator.comparing(Host::name))
        .toList();
  }

  private static boolean takesPods(Node node) {
    return node.getSpec().getTaints().stream()
        .noneMatch(
            taint ->
                taint.getEffect().equals("NoSchedule")
                    && !taint.getKey().equals("node.kubernetes.io/unschedulable"));
  }

  private static String address(Node node) {
    return node.getStatus().getAddresses().stream()
        .filter(it -> it.getType().equals("InternalIP"))
        .map(NodeAddress::getAddress)
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException(node.getMetadata().getName() + " has no InternalIP"));
  }

  @Override
  public Namespace outside(int number) {
    return places.outside(number);
  }

  @Override
  public void close() {
    scope.close();
  }

  @Override
  public String toString() {
    return "cluster of " + plane.kubeconfig();
  }
}

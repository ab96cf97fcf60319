package dev.ovenbird.e2e.kubernetes;

import dev.ovenbird.e2e.net.Namespace;
import java.util.List;

/**
 * Where a control plane with real nodes runs.
 *
 * @param namespace the network that its processes are in
 * @param nodesAddress what nodes and pods reach the API server by
 * @param hostAddress what this JVM and kubectl reach it by, from the machine's own network
 */
public record Site(Namespace namespace, String nodesAddress, String hostAddress) {
  /** The API server's; the namespace has nobody else who could want it. */
  public static final int PORT = 6443;

  /** What nodes name in their kubeconfigs. */
  public String nodesServer() {
    return "https://" + nodesAddress + ":" + PORT;
  }

  String hostServer() {
    return "https://" + hostAddress + ":" + PORT;
  }

  List<String> addresses() {
    return List.of(nodesAddress, hostAddress);
  }
}

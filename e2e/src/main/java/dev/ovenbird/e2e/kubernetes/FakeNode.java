package dev.ovenbird.e2e.kubernetes;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a Node object without a machine says of itself. */
public record FakeNode(
    String name, Map<String, String> labels, List<String> internalIps, List<String> externalIps) {
  private static final Map<String, Quantity> SIZE =
      Map.of(
          "cpu", new Quantity("64"), "memory", new Quantity("256Gi"), "pods", new Quantity("250"));

  public FakeNode {
    labels = Map.copyOf(labels);
    internalIps = List.copyOf(internalIps);
    externalIps = List.copyOf(externalIps);
  }

  /** The object; {@code status} goes in by a second write, as the API server wants it. */
  Node node(boolean ready) {
    Map<String, String> all = new HashMap<>(labels);
    all.put("kubernetes.io/hostname", name);
    all.put("kubernetes.io/os", "linux");
    List<NodeAddress> addresses = new ArrayList<>();
    internalIps.forEach(ip -> addresses.add(new NodeAddress(ip, "InternalIP")));
    externalIps.forEach(ip -> addresses.add(new NodeAddress(ip, "ExternalIP")));
    addresses.add(new NodeAddress(name, "Hostname"));
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .withLabels(all)
        .endMetadata()
        .withNewSpec()
        .endSpec()
        .withNewStatus()
        .withAddresses(addresses)
        .withCapacity(SIZE)
        .withAllocatable(SIZE)
        .addNewCondition()
        .withType("Ready")
        .withStatus(ready ? "True" : "False")
        .withReason(ready ? "KubeletReady" : "KubeletNotReady")
        .withMessage("there is no kubelet")
        .endCondition()
        .endStatus()
        .build();
  }
}

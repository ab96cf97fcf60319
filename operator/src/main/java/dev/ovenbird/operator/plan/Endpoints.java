package dev.ovenbird.operator.plan;

import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.crds.v1alpha1.Endpoints.Host;
import dev.ovenbird.crds.v1alpha1.Listener;
import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import dev.ovenbird.operator.address.IpAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Where clients reach each instance. */
final class Endpoints {
  private Endpoints() {}

  static List<Endpoint> of(VpnClusterSpec spec, Node node, int lane) {
    Set<Endpoint> endpoints = new LinkedHashSet<>();
    for (Listener listener : spec.listeners()) {
      if (listensOn(listener, lane)) {
        for (Host host : hosts(spec, node, listener)) {
          endpoints.add(
              new Endpoint(
                  host.host(), listener.port() + lane + host.portOffset(), listener.protocol()));
        }
      }
    }
    List<Endpoint> sorted = new ArrayList<>(endpoints);
    sorted.sort(
        Comparator.comparing((Endpoint endpoint) -> endpoint.protocol() == Protocol.TCP)
            .thenComparing(endpoint -> endpoint.host().contains(":")));
    return List.copyOf(sorted);
  }

  static boolean listensOn(Listener listener, int lane) {
    return listener.lanes() == null || listener.lanes().contains(lane);
  }

  private static List<Host> hosts(VpnClusterSpec spec, Node node, Listener listener) {
    return switch (spec.endpoints().type()) {
      case Hosts -> named(Objects.requireNonNullElse(spec.endpoints().hosts(), List.of()), node);
      case ExternalIP -> reachable(node.external(), listener);
      case InternalIP -> reachable(node.internal(), listener);
      case Auto ->
          reachable(node.external().isEmpty() ? node.internal() : node.external(), listener);
      // Names of slots are not a node's: they come with the records that the operator publishes.
      case DNS -> List.of();
    };
  }

  private static List<Host> named(List<Host> hosts, Node node) {
    List<Host> exact = hosts.stream().filter(host -> host.node().equals(node.name())).toList();
    return exact.isEmpty()
        ? hosts.stream().filter(host -> host.node().equals("*")).toList()
        : exact;
  }

  private static List<Host> reachable(List<IpAddress> addresses, Listener listener) {
    List<String> texts =
        listener.addresses().isEmpty()
            ? addresses.stream().map(IpAddress::toString).toList()
            : listener.addresses();
    return texts.stream().map(text -> new Host("*", text, 0)).toList();
  }
}

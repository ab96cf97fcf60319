package dev.ovenbird.operator.plan;

import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.crds.v1alpha1.Endpoints.Host;
import dev.ovenbird.crds.v1alpha1.Endpoints.Type;
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

  /** Addresses that clients may come to reach a node by, also those that only a record names. */
  static List<String> reached(VpnClusterSpec spec, Node node, int lane) {
    return spec.endpoints().type() == Type.DNS
        ? node.reachable().stream().map(IpAddress::toString).toList()
        : of(spec, node, lane).stream().map(Endpoint::host).toList();
  }

  /** What listens on a lane, as clients of these hosts see it. */
  static List<Endpoint> of(VpnClusterSpec spec, List<String> hosts, int lane) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (Listener listener : spec.listeners()) {
      if (listensOn(listener, lane)) {
        hosts.forEach(
            host -> endpoints.add(new Endpoint(host, listener.port() + lane, listener.protocol())));
      }
    }
    endpoints.sort(Comparator.comparing(endpoint -> endpoint.protocol() == Protocol.TCP));
    return List.copyOf(endpoints);
  }

  static boolean listensOn(Listener listener, int lane) {
    return listener.lanes() == null || listener.lanes().contains(lane);
  }

  private static List<Host> hosts(VpnClusterSpec spec, Node node, Listener listener) {
    return switch (spec.endpoints().type()) {
      case Hosts -> named(Objects.requireNonNullElse(spec.endpoints().hosts(), List.of()), node);
      case ExternalIP -> reachable(node.external(), listener);
      case InternalIP -> reachable(node.internal(), listener);
      case Auto -> reachable(node.reachable(), listener);
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

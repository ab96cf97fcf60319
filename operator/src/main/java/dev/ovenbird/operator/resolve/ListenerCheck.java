package dev.ovenbird.operator.resolve;

import dev.ovenbird.crds.v1alpha1.Listener;
import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** Listeners against the lanes and one another. */
final class ListenerCheck {
  private static final int MAX_PORT = 65535;

  private final VpnClusterSpec spec;
  private final Problems problems;
  private final Map<String, Integer> names = new HashMap<>();
  private final Map<String, String> sockets = new HashMap<>();
  private final HashSet<Integer> served = new HashSet<>();

  ListenerCheck(VpnClusterSpec spec, Problems problems) {
    this.spec = spec;
    this.problems = problems;
  }

  void check() {
    int perNode = spec.instances().perNode();
    List<Listener> listeners = spec.listeners();
    for (int i = 0; i < listeners.size(); i++) {
      String field = "spec.listeners[" + i + "]";
      Listener listener = listeners.get(i);
      if (names.putIfAbsent(listener.name(), i) != null) {
        problem(field + ".name", "\"" + listener.name() + "\" is there twice; rename one");
      }
      new NetworkCheck(problems).addresses(field + ".addresses", listener.addresses());
      checkLanes(field, listener, perNode);
    }
    Integer metrics = spec.instances().metricsPort();
    for (int lane = 0; metrics != null && lane < perNode; lane++) {
      overlaps("spec.instances.metricsPort", Sockets.metrics(metrics), lane, metrics + lane);
    }
    for (int lane = 0; lane < perNode; lane++) {
      if (!served.contains(lane)) {
        problem("spec.listeners", "leave lane " + lane + " without any; let one name it");
      }
    }
  }

  private void checkLanes(String field, Listener listener, int perNode) {
    List<Integer> lanes = listener.lanes();
    if (lanes != null && new HashSet<>(lanes).size() < lanes.size()) {
      problem(field + ".lanes", "names a lane twice; name each once");
    }
    for (int i = 0; lanes != null && i < lanes.size(); i++) {
      if (lanes.get(i) >= perNode) {
        problem(
            field + ".lanes[" + i + "]",
            "lane "
                + lanes.get(i)
                + " does not exist with perNode "
                + perNode
                + "; give 0 to "
                + (perNode - 1));
      }
    }
    for (int lane = 0; lane < perNode; lane++) {
      if (lanes != null && !lanes.contains(lane)) {
        continue;
      }
      served.add(lane);
      int port = listener.port() + lane;
      if (port > MAX_PORT) {
        problem(
            field + ".port",
            "lane "
                + lane
                + " would listen on "
                + port
                + "; take a port up to "
                + (MAX_PORT - perNode + 1));
        return;
      }
      if (overlaps(field + ".port", listener, lane, port)) {
        return;
      }
    }
  }

  private boolean overlaps(String field, Listener listener, int lane, int port) {
    List<String> addresses = listener.addresses().isEmpty() ? List.of("*") : listener.addresses();
    for (String address : addresses) {
      String who = listener.name() + " of lane " + lane;
      String socket = listener.protocol() + " " + port;
      String other = sockets.get(socket + " *");
      if (other == null && !address.equals("*")) {
        other = sockets.get(socket + " " + address);
      } else if (other == null) {
        other = sockets.get(socket);
      }
      if (other != null) {
        problem(
            field, socket + " of lane " + lane + " is already " + other + "'s; take another port");
        return true;
      }
      sockets.put(socket + " " + address, who);
      sockets.putIfAbsent(socket, who);
    }
    return false;
  }

  private void problem(String field, String message) {
    problems.add(field, message);
  }
}

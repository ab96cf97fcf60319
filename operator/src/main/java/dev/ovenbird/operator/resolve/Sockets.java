package dev.ovenbird.operator.resolve;

import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.crds.v1alpha1.Listener;
import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import java.util.ArrayList;
import java.util.List;

/** All that a cluster's instances listen on: where clients come, and where metrics are asked. */
public final class Sockets {
  private Sockets() {}

  /** The listeners, and one more for the metrics if they are served. */
  public static List<Listener> of(VpnClusterSpec spec) {
    List<Listener> sockets = new ArrayList<>(spec.listeners());
    Integer metrics = spec.instances().metricsPort();
    if (metrics != null) {
      sockets.add(metrics(metrics));
    }
    return sockets;
  }

  static Listener metrics(int port) {
    return new Listener("metrics", Protocol.TCP, port, null, List.of());
  }
}

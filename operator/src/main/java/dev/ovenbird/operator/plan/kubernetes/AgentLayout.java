package dev.ovenbird.operator.plan.kubernetes;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.operator.plan.InstanceId;
import dev.ovenbird.operator.plan.InstanceLayout;
import org.jspecify.annotations.Nullable;

/**
 * Where an agent's files lie in its container. {@link #STATE} is the node's tmpfs: the successor of
 * a pod, and a pod that starts while the API server is away, find keys, roster and sessions there.
 * {@link #POD} is the pod's own, so that two pods of a lane can run side by side.
 */
public final class AgentLayout implements InstanceLayout {
  /** Of a pod: where its metrics are, as it declares no ports. */
  static final String METRICS_PORT = "ovenbird.dev/metrics-port";

  static final String ROOT = "/run/ovenbird";
  static final String STATE = ROOT + "/state";
  static final String POD = ROOT + "/pod";
  static final String CONTROL_SOCKET = POD + "/control.sock";

  private final @Nullable Integer metricsPort;

  /**
   * @param metricsPort the first lane's; null if metrics are served nowhere
   */
  public AgentLayout(@Nullable Integer metricsPort) {
    this.metricsPort = metricsPort;
  }

  @Override
  public InstanceConfig.Files files(InstanceId instance) {
    return new InstanceConfig.Files(
        // One file, so that certificate and key change together.
        STATE + "/tls.pem",
        STATE + "/tls.pem",
        STATE + "/client-cas.pem",
        STATE + "/tls-crypt-v2.keys",
        STATE + "/roster.json");
  }

  @Override
  public String users(String secret) {
    return STATE + "/users";
  }

  @Override
  public @Nullable String controlSocket(InstanceId instance) {
    return CONTROL_SOCKET;
  }

  /**
   * The node's own address, not every one: health is asked on the socket, metrics by Prometheus.
   */
  @Override
  public @Nullable String httpAddress(InstanceId instance) {
    return metricsPort == null ? null : InstanceConfig.HOST + ":" + (metricsPort + instance.lane());
  }
}

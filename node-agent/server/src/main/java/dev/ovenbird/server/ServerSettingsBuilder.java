package dev.ovenbird.server;

import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.server.ServerSettings.ClientToClient;
import dev.ovenbird.server.ServerSettings.Egress;
import dev.ovenbird.server.ServerSettings.TunnelNetwork;
import dev.ovenbird.server.metric.Metrics;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.tun.InProcessTun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes {@link ServerSettings}; without a TUN it makes an in-process one. */
public final class ServerSettingsBuilder {
  private final String name;
  private final TunnelNetwork network;
  private final List<ListenerSpec> listeners = new ArrayList<>();
  private TunSpec tun;
  private ServerConfig endpoint;
  private Admission admission;
  private List<Cidr> allowedDestinations = List.of();
  private ClientToClient clientToClient = ClientToClient.DENY;
  private Egress egress = Egress.MASQUERADE;
  private int lane;
  private ServerLimits limits = ServerLimits.DEFAULT;
  private Metrics metrics = Metrics.NONE;
  private Map<String, Integer> inheritedFds = Map.of();

  ServerSettingsBuilder(
      String name, TunnelNetwork network, ServerConfig endpoint, Admission admission) {
    this.name = name;
    this.network = network;
    this.endpoint = endpoint;
    this.admission = admission;
    this.tun = new TunSpec.InProcess(new InProcessTun(network.mtu(), 1024));
  }

  ServerSettingsBuilder(ServerSettings from) {
    name = from.name();
    network = from.network();
    listeners.addAll(from.listeners());
    tun = from.tun();
    endpoint = from.endpoint();
    admission = from.admission();
    allowedDestinations = from.allowedDestinations();
    clientToClient = from.clientToClient();
    egress = from.egress();
    lane = from.lane();
    limits = from.limits();
    metrics = from.metrics();
    inheritedFds = from.inheritedFds();
  }

  public ServerSettingsBuilder tun(TunSpec value) {
    tun = value;
    return this;
  }

  /** Adds a listener. */
  public ServerSettingsBuilder listener(ListenerSpec value) {
    listeners.add(value);
    return this;
  }

  public ServerSettingsBuilder endpoint(ServerConfig value) {
    endpoint = value;
    return this;
  }

  public ServerSettingsBuilder admission(Admission value) {
    admission = value;
    return this;
  }

  /** CIDRs or addresses as text, in place of those before. */
  public ServerSettingsBuilder allowedDestinations(String... values) {
    allowedDestinations = List.of(values).stream().map(Cidr::parse).toList();
    return this;
  }

  public ServerSettingsBuilder allowedDestinations(List<Cidr> values) {
    allowedDestinations = values;
    return this;
  }

  public ServerSettingsBuilder clientToClient(ClientToClient value) {
    clientToClient = value;
    return this;
  }

  public ServerSettingsBuilder egress(Egress value) {
    egress = value;
    return this;
  }

  public ServerSettingsBuilder lane(int value) {
    lane = value;
    return this;
  }

  public ServerSettingsBuilder limits(ServerLimits value) {
    limits = value;
    return this;
  }

  public ServerSettingsBuilder metrics(Metrics value) {
    metrics = value;
    return this;
  }

  public ServerSettingsBuilder inheritedFds(Map<String, Integer> value) {
    inheritedFds = value;
    return this;
  }

  public ServerSettings build() {
    return new ServerSettings(
        name,
        tun,
        network,
        listeners,
        endpoint,
        admission,
        allowedDestinations,
        clientToClient,
        egress,
        lane,
        limits,
        metrics,
        inheritedFds);
  }
}

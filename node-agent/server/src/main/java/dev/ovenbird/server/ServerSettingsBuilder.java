package dev.ovenbird.server;

import dev.ovenbird.linux.process.FdStore;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.server.ServerSettings.ClientToClient;
import dev.ovenbird.server.ServerSettings.Egress;
import dev.ovenbird.server.ServerSettings.TunnelNetwork;
import dev.ovenbird.server.dns.DnsSettings;
import dev.ovenbird.server.loop.ReceiveModeration;
import dev.ovenbird.server.metric.Metrics;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.route.ClientNetworks;
import dev.ovenbird.server.store.StoreChecks;
import dev.ovenbird.server.tun.InProcessTun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes {@link ServerSettings}; without a TUN it makes an in-process one. */
public final class ServerSettingsBuilder {
  private final String name;
  private final TunnelNetwork network;
  private final List<ListenerSpec> listeners = new ArrayList<>();
  private TunSpec tun;
  private ServerConfig endpoint;
  private Admission admission;
  private ClientNetworks clientNetworks = ClientNetworks.NONE;
  private List<Cidr> allowedDestinations = List.of();
  private ClientToClient clientToClient = ClientToClient.DENY;
  private Egress egress = Egress.MASQUERADE;
  private List<Cidr> nodeAddresses = List.of();
  private @Nullable DnsSettings dns;
  private int lane;
  private ServerLimits limits = ServerLimits.DEFAULT;
  private Metrics metrics = Metrics.NONE;
  private FdStore fdStore = FdStore.NONE;
  private @Nullable Path sessionStore;
  private StoreChecks storeChecks = StoreChecks.STRICT;
  private long receiveIntervalNanos = ReceiveModeration.DEFAULT_INTERVAL_NANOS;

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
    clientNetworks = from.clientNetworks();
    allowedDestinations = from.allowedDestinations();
    clientToClient = from.clientToClient();
    egress = from.egress();
    nodeAddresses = from.nodeAddresses();
    dns = from.dns();
    lane = from.lane();
    limits = from.limits();
    metrics = from.metrics();
    fdStore = from.fdStore();
    sessionStore = from.sessionStore();
    storeChecks = from.storeChecks();
    receiveIntervalNanos = from.receiveIntervalNanos();
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

  /** Networks behind clients; none at first. */
  public ServerSettingsBuilder clientNetworks(ClientNetworks value) {
    clientNetworks = value;
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

  /** Refused unless named, like the node's own addresses. */
  public ServerSettingsBuilder nodeAddresses(List<Cidr> values) {
    nodeAddresses = values;
    return this;
  }

  /** Makes the gateway answer DNS; null: it does not. */
  public ServerSettingsBuilder dns(@Nullable DnsSettings value) {
    dns = value;
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

  public ServerSettingsBuilder fdStore(FdStore value) {
    fdStore = value;
    return this;
  }

  /** A file on a tmpfs, in which sessions outlive a crash; null: they don't. */
  public ServerSettingsBuilder sessionStore(@Nullable Path value) {
    sessionStore = value;
    return this;
  }

  public ServerSettingsBuilder storeChecks(StoreChecks value) {
    storeChecks = value;
    return this;
  }

  /** How long packets may wait for one another under load; 0: not at all. */
  public ServerSettingsBuilder receiveIntervalNanos(long value) {
    receiveIntervalNanos = value;
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
        clientNetworks,
        allowedDestinations,
        clientToClient,
        egress,
        nodeAddresses,
        dns,
        lane,
        limits,
        metrics,
        fdStore,
        sessionStore,
        storeChecks,
        receiveIntervalNanos);
  }
}

package dev.ovenbird.server;

import dev.ovenbird.linux.process.FdStore;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.server.dns.DnsSettings;
import dev.ovenbird.server.loop.ReceiveModeration;
import dev.ovenbird.server.metric.Metrics;
import dev.ovenbird.server.route.AccessRules;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.route.ClientNetworks;
import dev.ovenbird.server.store.StoreChecks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that one server needs; make it with {@link #builder}.
 *
 * @param name of the instance, in logs and thread names
 * @param tun where tunnel packets go
 * @param network addresses inside the tunnel
 * @param listeners at least one
 * @param endpoint protocol settings; reloadable
 * @param admission who may connect; reloadable
 * @param clientNetworks what is behind clients that are routers of a site; reloadable. With an
 *     in-process TUN the program gets what comes from there for other clients and the gateway,
 *     whatever clientToClient says: only it can know what is an answer
 * @param allowedDestinations what clients may reach; empty = nothing but the gateway; reloadable
 * @param clientToClient whether clients reach each other; reloadable
 * @param egress how packets leave the node; only with a kernel TUN; reloadable
 * @param nodeAddresses other nodes' addresses, refused like this node's own; reloadable
 * @param dns whether the gateway answers DNS; only with a kernel TUN; reloadable
 * @param lane index of the instance on its node; decides the metric of the unreachable routes
 * @param limits beyond those of the endpoint
 * @param metrics receives the counts
 * @param fdStore what a predecessor left: sockets and TUN of the same names are taken over, and
 *     kept there for a successor until the server stops
 * @param sessionStore file in which the sessions of UDP clients outlive a crash; null = they don't
 * @param storeChecks what that file may lie on
 * @param receiveIntervalNanos how long the event loop leaves packets waiting, at most, so that many
 *     come at once while they come fast; 0 = it takes each as it comes
 */
public record ServerSettings(
    String name,
    TunSpec tun,
    TunnelNetwork network,
    List<ListenerSpec> listeners,
    ServerConfig endpoint,
    Admission admission,
    ClientNetworks clientNetworks,
    List<Cidr> allowedDestinations,
    ClientToClient clientToClient,
    Egress egress,
    List<Cidr> nodeAddresses,
    @Nullable DnsSettings dns,
    int lane,
    ServerLimits limits,
    Metrics metrics,
    FdStore fdStore,
    @Nullable Path sessionStore,
    StoreChecks storeChecks,
    long receiveIntervalNanos) {

  public ServerSettings {
    listeners = List.copyOf(listeners);
    allowedDestinations = List.copyOf(allowedDestinations);
    nodeAddresses = List.copyOf(nodeAddresses);
    if (listeners.isEmpty()) {
      throw new IllegalArgumentException("server " + name + ": at least one listener is needed");
    }
    if (listeners.stream().map(ListenerSpec::name).distinct().count() != listeners.size()) {
      throw new IllegalArgumentException("server " + name + ": two listeners have one name");
    }
    if (lane < 0 || lane > 65535) {
      throw new IllegalArgumentException("server " + name + ": lane must be 0 to 65535");
    }
    if (receiveIntervalNanos < 0 || receiveIntervalNanos > ReceiveModeration.MAX_INTERVAL_NANOS) {
      throw new IllegalArgumentException(
          "server "
              + name
              + ": the receive interval must be 0 to "
              + ReceiveModeration.MAX_INTERVAL_NANOS
              + " ns");
    }
  }

  /** Whether clients of this server reach each other. */
  public enum ClientToClient {
    DENY,
    ALLOW
  }

  /** How packets of clients leave the node. */
  public enum Egress {
    /** With the node's own address. */
    MASQUERADE,
    /** With the client's address; somebody else routes the answers. */
    ROUTED
  }

  /**
   * Addresses inside the tunnel. A gateway's length is not used.
   *
   * @param ipv4 such as 10.88.0.0/16
   * @param ipv4Gateway such as 10.88.0.1
   * @param mtu bytes, 1280 to 1500
   */
  public record TunnelNetwork(
      Cidr ipv4, Cidr ipv4Gateway, @Nullable Cidr ipv6, @Nullable Cidr ipv6Gateway, int mtu) {
    public TunnelNetwork {
      if (ipv4.isIpv6() || !ipv4.contains(ipv4Gateway)) {
        throw new IllegalArgumentException("gateway " + ipv4Gateway + " is not in " + ipv4);
      }
      if ((ipv6 == null) != (ipv6Gateway == null)) {
        throw new IllegalArgumentException("an IPv6 network needs a gateway, and the reverse");
      }
      if (ipv6 != null && (!ipv6.isIpv6() || !ipv6.contains(Objects.requireNonNull(ipv6Gateway)))) {
        throw new IllegalArgumentException("gateway " + ipv6Gateway + " is not in " + ipv6);
      }
      if (mtu < 1280 || mtu > 1500) {
        throw new IllegalArgumentException("mtu must be 1280 to 1500, not " + mtu);
      }
    }

    /** The prefixes of both families. */
    public List<Cidr> prefixes() {
      return ipv6 == null ? List.of(ipv4) : List.of(ipv4, ipv6);
    }

    /** The gateway's addresses of both families. */
    public List<Cidr> gateways() {
      return ipv6Gateway == null ? List.of(ipv4Gateway) : List.of(ipv4Gateway, ipv6Gateway);
    }

    /** Those of some addresses that a client may have: in the network, and not the gateway's. */
    public List<Cidr> clientAddresses(List<byte[]> addresses) {
      return addresses.stream()
          .map(Cidr::host)
          .filter(host -> prefixes().stream().anyMatch(prefix -> prefix.contains(host)))
          .filter(host -> !gateways().contains(host))
          .toList();
    }

    /**
     * From text: {@code TunnelNetwork.of("10.88.0.0/16", "10.88.0.1", null, null)}, mtu 1500.
     *
     * @throws IllegalArgumentException naming what is wrong
     */
    public static TunnelNetwork of(
        String ipv4, String ipv4Gateway, @Nullable String ipv6, @Nullable String ipv6Gateway) {
      return new TunnelNetwork(
          Cidr.parse(ipv4),
          Cidr.parse(ipv4Gateway),
          ipv6 == null ? null : Cidr.parse(ipv6),
          ipv6Gateway == null ? null : Cidr.parse(ipv6Gateway),
          1500);
    }
  }

  /** The rules for clients' packets that follow from these settings. */
  AccessRules accessRules(List<Cidr> ownAddresses) {
    return new AccessRules(
        allowedDestinations,
        network.prefixes(),
        network.gateways(),
        nodes(ownAddresses),
        dns != null && tun instanceof TunSpec.Kernel,
        clientToClient == ClientToClient.ALLOW);
  }

  /** The node's own addresses, and others'. */
  List<Cidr> nodes(List<Cidr> ownAddresses) {
    List<Cidr> nodes = new ArrayList<>(ownAddresses);
    nodes.addAll(nodeAddresses);
    return nodes;
  }

  /** Starts with what every server needs; the rest has defaults. */
  public static ServerSettingsBuilder builder(
      String name, TunnelNetwork network, ServerConfig endpoint, Admission admission) {
    return new ServerSettingsBuilder(name, network, endpoint, admission);
  }

  /** The same settings as a builder, to change some. */
  public ServerSettingsBuilder toBuilder() {
    return new ServerSettingsBuilder(this);
  }
}

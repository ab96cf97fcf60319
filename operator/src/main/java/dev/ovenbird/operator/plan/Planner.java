package dev.ovenbird.operator.plan;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.InstanceConfig.DefaultRoute;
import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.crds.v1alpha1.Listener;
import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import dev.ovenbird.operator.address.Cidr;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.address.TunnelNetworks;
import dev.ovenbird.operator.plan.ClusterPlan.PlannedInstance;
import dev.ovenbird.operator.plan.ClusterState.ClientState;
import dev.ovenbird.operator.resolve.GoDuration;
import dev.ovenbird.operator.resolve.ResolvedClient;
import dev.ovenbird.operator.resolve.ResolvedCluster;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Plans a cluster. The same inputs give the same plan, byte for byte. */
public final class Planner {
  /** What stock clients take without being told; smaller packets are the MSS clamp's business. */
  private static final int MTU = 1500;

  private final ResolvedCluster cluster;
  private final ClusterState state;
  private final List<Node> nodes;
  private final InstanceLayout layout;

  private Planner(
      ResolvedCluster cluster, ClusterState state, List<Node> nodes, InstanceLayout layout) {
    this.cluster = cluster;
    this.state = state;
    this.nodes = nodes;
    this.layout = layout;
  }

  /**
   * Plans all instances and the roster.
   *
   * @param state has every client of the cluster
   */
  public static ClusterPlan plan(
      ResolvedCluster cluster, ClusterState state, List<Node> nodes, InstanceLayout layout) {
    return new Planner(cluster, state, nodes, layout).plan();
  }

  private ClusterPlan plan() {
    List<PlannedInstance> instances = new ArrayList<>();
    Set<IpAddress> reached = new TreeSet<>();
    for (Node node : nodes) {
      for (int lane = 0; lane < cluster.spec().instances().perNode(); lane++) {
        for (Endpoint endpoint : Endpoints.of(cluster.spec(), node, lane)) {
          IpAddress address = IpAddress.parse(endpoint.host());
          if (address != null) {
            reached.add(address);
          }
        }
      }
    }
    InstanceConfig.Push push = push(reached);
    for (Node node : nodes) {
      for (int lane = 0; lane < cluster.spec().instances().perNode(); lane++) {
        InstanceId id = new InstanceId(node.name(), lane);
        instances.add(
            new PlannedInstance(id, config(id, push), Endpoints.of(cluster.spec(), node, lane)));
      }
    }
    return new ClusterPlan(
        List.copyOf(instances), cluster.clients().stream().map(this::entry).toList());
  }

  private InstanceConfig config(InstanceId id, InstanceConfig.Push push) {
    VpnClusterSpec spec = cluster.spec();
    return new InstanceConfig(
        cluster.namespace(),
        cluster.name(),
        state.clusterUid(),
        id.node(),
        id.lane(),
        ServerName.tun(state.clusterUid(), id.lane()),
        network(cluster.networks()),
        spec.listeners().stream()
            .filter(listener -> Endpoints.listensOn(listener, id.lane()))
            .map(listener -> listener(listener, id.lane()))
            .toList(),
        push,
        allowedDestinations(),
        spec.clientToClient(),
        spec.egress(),
        new InstanceConfig.Tls(
            spec.tls().minVersion().name(),
            spec.tls().dataCiphers().stream().map(Tls.DataCipher::openvpnName).toList(),
            Math.toIntExact(seconds(spec.tls().renegotiation())),
            ServerName.of(state.clusterUid())),
        new InstanceConfig.Keepalive(
            Math.toIntExact(seconds(spec.keepalive().interval())),
            Math.toIntExact(seconds(spec.keepalive().timeout()))),
        new InstanceConfig.Limits(
            spec.limits().maxClientsPerInstance(), seconds(spec.limits().maxRosterStaleness())),
        layout.files(id),
        layout.controlSocket(id),
        layout.httpAddress(id),
        null);
  }

  private static InstanceConfig.Network network(TunnelNetworks networks) {
    Cidr ipv6 = networks.ipv6();
    return new InstanceConfig.Network(
        networks.ipv4().toString(),
        networks.ipv4().gateway().toString(),
        ipv6 == null ? null : ipv6.toString(),
        ipv6 == null ? null : ipv6.gateway().toString(),
        MTU);
  }

  private static InstanceConfig.Listener listener(Listener listener, int lane) {
    return new InstanceConfig.Listener(
        listener.name(), listener.protocol(), listener.port() + lane, listener.addresses());
  }

  private InstanceConfig.Push push(Set<IpAddress> endpoints) {
    var push = cluster.spec().push();
    List<Cidr> routes = push.routes().stream().map(Planner::cidr).toList();
    List<String> inside =
        endpoints.stream()
            .filter(address -> routes.stream().anyMatch(route -> route.contains(address)))
            .map(IpAddress::toString)
            .toList();
    return new InstanceConfig.Push(
        push.routes(),
        push.dns().servers(),
        push.dns().domains(),
        push.defaultRoute(),
        inside.isEmpty() ? null : inside);
  }

  private List<String> allowedDestinations() {
    VpnClusterSpec spec = cluster.spec();
    if (!spec.access().allowedDestinations().isEmpty()) {
      return spec.access().allowedDestinations();
    }
    Set<String> allowed = new LinkedHashSet<>(spec.push().routes());
    for (String server : spec.push().dns().servers()) {
      allowed.add(Cidr.host(Objects.requireNonNull(IpAddress.parse(server))).toString());
    }
    DefaultRoute route = spec.push().defaultRoute();
    if (route == DefaultRoute.IPv4 || route == DefaultRoute.DualStack) {
      allowed.add("0.0.0.0/0");
    }
    if (route == DefaultRoute.IPv6 || route == DefaultRoute.DualStack) {
      allowed.add("::/0");
    }
    return List.copyOf(allowed);
  }

  private Roster.Entry entry(ResolvedClient client) {
    ClientState known = Objects.requireNonNull(state.clients().get(client.name()), client.name());
    @Nullable Long notAfter =
        client.notAfter() == null ? null : (Long) client.notAfter().getEpochSecond();
    return new Roster.Entry(
        known.uid(),
        client.name(),
        known.serials(),
        known.addresses(),
        client.suspended(),
        notAfter);
  }

  private static Cidr cidr(String text) {
    return Objects.requireNonNull(Cidr.parse(text), text);
  }

  private static long seconds(String duration) {
    return GoDuration.parse(duration).toSeconds();
  }
}

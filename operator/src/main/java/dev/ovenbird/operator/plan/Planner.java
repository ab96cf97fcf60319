package dev.ovenbird.operator.plan;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.InstanceConfig.DefaultRoute;
import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.crds.v1alpha1.Authentication;
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
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Plans a cluster. The same inputs give the same plan, byte for byte. */
public final class Planner {
  private final ResolvedCluster cluster;
  private final ClusterState state;
  private final List<Node> nodes;
  private final List<Node> neighbours;
  private final InstanceLayout layout;

  private Planner(
      ResolvedCluster cluster,
      ClusterState state,
      List<Node> nodes,
      List<Node> neighbours,
      InstanceLayout layout) {
    this.cluster = cluster;
    this.state = state;
    this.nodes = nodes;
    this.neighbours = neighbours;
    this.layout = layout;
  }

  /**
   * Plans all instances and the roster.
   *
   * @param state has every client of the cluster
   */
  public static ClusterPlan plan(
      ResolvedCluster cluster, ClusterState state, List<Node> nodes, InstanceLayout layout) {
    return new Planner(cluster, state, nodes, nodes, layout).plan();
  }

  /**
   * The configuration of each lane where it is the same on every node, which then is {@link
   * InstanceConfig#NODE}.
   *
   * @param nodes that run instances
   * @param neighbours all nodes, these too
   */
  public static SortedMap<Integer, InstanceConfig> lanes(
      ResolvedCluster cluster,
      String clusterUid,
      List<Node> nodes,
      List<Node> neighbours,
      InstanceLayout layout) {
    ClusterState state = new ClusterState(clusterUid, cluster.networks().cidrs(), Map.of());
    Planner planner = new Planner(cluster, state, nodes, neighbours, layout);
    InstanceConfig.Push push = planner.push(planner.reached());
    SortedMap<Integer, InstanceConfig> lanes = new TreeMap<>();
    for (int lane = 0; lane < cluster.spec().instances().perNode(); lane++) {
      lanes.put(lane, planner.config(new InstanceId(InstanceConfig.NODE, lane), push));
    }
    return lanes;
  }

  /** Where clients reach a node's instance by the node's own addresses. */
  public static List<Endpoint> endpoints(VpnClusterSpec spec, Node node, int lane) {
    return Endpoints.of(spec, node, lane);
  }

  /** Where clients reach a lane's instances by these names. */
  public static List<Endpoint> endpoints(VpnClusterSpec spec, List<String> hosts, int lane) {
    return Endpoints.of(spec, hosts, lane);
  }

  private ClusterPlan plan() {
    List<PlannedInstance> instances = new ArrayList<>();
    InstanceConfig.Push push = push(reached());
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

  private Set<IpAddress> reached() {
    Set<IpAddress> reached = new TreeSet<>();
    for (Node node : nodes) {
      for (int lane = 0; lane < cluster.spec().instances().perNode(); lane++) {
        for (String host : Endpoints.reached(cluster.spec(), node, lane)) {
          IpAddress address = IpAddress.parse(host);
          if (address != null) {
            reached.add(address);
          }
        }
      }
    }
    return reached;
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
        network(cluster.networks(), spec.mtu()),
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
            ServerName.of(state.clusterUid()),
            legacyWrap(spec.tls().controlChannel()),
            engine(spec.tls().engine()),
            dynamicTlsCrypt(spec.tls().controlChannel())),
        new InstanceConfig.Keepalive(
            Math.toIntExact(seconds(spec.keepalive().interval())),
            Math.toIntExact(seconds(spec.keepalive().timeout()))),
        new InstanceConfig.Limits(
            spec.limits().maxClientsPerInstance(), seconds(spec.limits().maxRosterStaleness())),
        layout.files(id),
        layout.controlSocket(id),
        layout.httpAddress(id),
        gatewayAnswersDns() ? cluster.networks().ipv4().gateway().toString() : null,
        nodeAddresses(),
        authentication(spec.authentication()));
  }

  private static InstanceConfig.@Nullable LegacyWrap legacyWrap(Tls.ControlChannel channel) {
    return switch (channel.legacy()) {
      case null -> null;
      case TLSCrypt -> InstanceConfig.LegacyWrap.TLSCrypt;
      case TLSAuth -> InstanceConfig.LegacyWrap.TLSAuth;
    };
  }

  /** Nothing for the usual, as with the engine. */
  private static @Nullable Boolean dynamicTlsCrypt(Tls.ControlChannel channel) {
    return switch (channel.dynamicTLSCrypt()) {
      case Disabled -> null;
      case Enabled -> true;
    };
  }

  /** Nothing for the usual one: agents of before the choice refuse a field that they don't know. */
  private static InstanceConfig.@Nullable TlsEngine engine(Tls.Engine engine) {
    return switch (engine) {
      case BouncyCastle -> null;
      case JSSE -> InstanceConfig.TlsEngine.JSSE;
    };
  }

  private InstanceConfig.@Nullable Authentication authentication(Authentication wanted) {
    if (!wanted.asksPasswords()) {
      return null;
    }
    var secret = wanted.passwords().secretRef();
    var http = wanted.passwords().http();
    return new InstanceConfig.Authentication(
        secret == null ? null : layout.users(secret.name()),
        http == null
            ? null
            : new InstanceConfig.Http(
                http.url(), http.caBundle(), Math.toIntExact(seconds(http.timeout()))),
        wanted.totp(),
        wanted.usernames(),
        seconds(wanted.token().lifetime()),
        seconds(wanted.token().renewal()));
  }

  /** Domains without servers: the instance asks the node's own servers for its clients. */
  private boolean gatewayAnswersDns() {
    var dns = cluster.spec().push().dns();
    return dns.servers().isEmpty() && !dns.domains().isEmpty();
  }

  /** Those that clients would reach though nobody has named them. */
  private @Nullable List<String> nodeAddresses() {
    List<Cidr> allowed = allowedDestinations().stream().map(Planner::cidr).toList();
    List<String> addresses =
        neighbours.stream()
            .flatMap(node -> Stream.concat(node.internal().stream(), node.external().stream()))
            .distinct()
            .filter(address -> allowed.stream().anyMatch(prefix -> prefix.contains(address)))
            .filter(address -> !allowed.contains(Cidr.host(address)))
            .map(IpAddress::toString)
            .sorted()
            .toList();
    return addresses.isEmpty() ? null : addresses;
  }

  private static InstanceConfig.Network network(TunnelNetworks networks, int mtu) {
    Cidr ipv6 = networks.ipv6();
    return new InstanceConfig.Network(
        networks.ipv4().toString(),
        networks.ipv4().gateway().toString(),
        ipv6 == null ? null : ipv6.toString(),
        ipv6 == null ? null : ipv6.gateway().toString(),
        mtu);
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
    List<String> routed = client.routedNetworks().stream().map(Cidr::toString).toList();
    return new Roster.Entry(
        known.uid(),
        client.name(),
        known.serials(),
        known.addresses(),
        client.suspended(),
        notAfter,
        routed.isEmpty() ? null : routed);
  }

  private static Cidr cidr(String text) {
    return Objects.requireNonNull(Cidr.parse(text), text);
  }

  private static long seconds(String duration) {
    return GoDuration.parse(duration).toSeconds();
  }
}

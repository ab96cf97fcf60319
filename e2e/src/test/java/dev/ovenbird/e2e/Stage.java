package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.Instance;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.e2e.relay.UdpRelay;
import dev.ovenbird.e2e.service.RoundTrip;
import dev.ovenbird.e2e.service.TcpEcho;
import dev.ovenbird.e2e.service.UdpSink;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/** A lab with a running cluster, and what most tests do with it. */
final class Stage implements AutoCloseable {
  /** How long a connection may take on a busy machine. */
  static final Duration CONNECT = Duration.ofSeconds(30);

  private static final int ECHO_PORT = 7007;
  private static final int SINK_PORT = 7008;
  private static final int RELAY_PORT = 5000;

  private final Scope scope;
  private final Path dir;
  private final Lab lab;
  private final TcpEcho echoIpv4;
  private final TcpEcho echoIpv6;
  private final UdpSink sink;
  private final LocalCluster cluster;

  private Stage(Scope scope, int clients, ClusterSpec spec) {
    this.scope = scope;
    this.dir = TempFolder.create(scope, "ovenbird-e2e");
    this.lab = Lab.create(scope, clients);
    this.echoIpv4 = TcpEcho.start(scope, lab.service(), Lab.SERVICE_IPV4, ECHO_PORT);
    this.echoIpv6 = TcpEcho.start(scope, lab.service(), Lab.SERVICE_IPV6, ECHO_PORT);
    this.sink = UdpSink.start(scope, lab.service(), Lab.SERVICE_IPV4, SINK_PORT);
    this.cluster = LocalCluster.start(scope, lab.server(), dir, spec);
  }

  /** Makes everything, and takes it away again if the cluster does not come up. */
  static Stage open(int clients, ClusterSpec spec) {
    Scope scope = new Scope();
    try {
      return new Stage(scope, clients, spec);
    } catch (RuntimeException | Error e) {
      scope.close();
      throw e;
    }
  }

  Scope scope() {
    return scope;
  }

  Path dir() {
    return dir;
  }

  Lab lab() {
    return lab;
  }

  LocalCluster cluster() {
    return cluster;
  }

  UdpSink sink() {
    return sink;
  }

  /** Starts stock openvpn in a client's namespace with its profile as it was generated. */
  OpenVpnClient start(int namespace, String client, String... arguments) {
    return OpenVpnClient.start(
        scope, lab.client(namespace), cluster.profileFile(client), arguments);
  }

  /** The same, with a changed profile. */
  OpenVpnClient start(int namespace, Profile profile, String... arguments) {
    Path file = profile.write(dir.resolve("client" + namespace + ".ovpn"));
    return OpenVpnClient.start(scope, lab.client(namespace), file, arguments);
  }

  /** Starts it and waits until it has connected. */
  OpenVpnClient connect(int namespace, String client, String... arguments) {
    return start(namespace, client, arguments).awaitConnected(CONNECT);
  }

  /** A relay in front of lane 0's UDP port, and the profile that goes through it. */
  UdpRelay relay(long seed) {
    return UdpRelay.start(
        scope,
        lab.wan(),
        new InetSocketAddress(Lab.WAN_IPV4, RELAY_PORT),
        new InetSocketAddress(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT),
        seed);
  }

  Profile relayed(String client) {
    return cluster.profile(client).with(new Profile.Remote(Lab.WAN_IPV4, RELAY_PORT, "udp"));
  }

  /** The profile of a client with lane 0's UDP port alone. */
  Profile lane0(String client) {
    return cluster
        .profile(client)
        .with(new Profile.Remote(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT, "udp"));
  }

  /** ICMP and TCP, IPv4 and IPv6, from a client's namespace to the service. */
  void assertServiceIsReached(int namespace) {
    Namespace from = lab.client(namespace);
    assertThat(Ping.answers(from, Lab.SERVICE_IPV4)).as("IPv4 ping through the tunnel").isTrue();
    assertThat(Ping.answers(from, Lab.SERVICE_IPV6)).as("IPv6 ping through the tunnel").isTrue();
    assertServiceIsReachedByTcp(namespace);
  }

  void assertServiceIsReachedByTcp(int namespace) {
    Namespace from = lab.client(namespace);
    assertThat(RoundTrip.run(from, echoIpv4.address(), 1 << 18)).isPositive();
    assertThat(RoundTrip.run(from, echoIpv6.address(), 1 << 18)).isPositive();
  }

  TcpEcho echoIpv4() {
    return echoIpv4;
  }

  /** Sessions of all lanes, by their own metrics. */
  double sessions() {
    return cluster.instances().stream()
        .mapToDouble(instance -> instance.metric("ovenbird_sessions", ""))
        .sum();
  }

  double awaitSessions(int count, Duration limit) {
    return Await.until(count + " sessions", limit, this::sessions, open -> open == count);
  }

  /** Packets that all lanes have dropped for a reason. */
  double dropped(String reason) {
    double sum = 0;
    for (Instance instance : cluster.instances()) {
      sum += instance.metric("ovenbird_dropped_packets_total", "reason=\"" + reason + "\"");
    }
    return sum;
  }

  @Override
  public void close() {
    scope.close();
  }
}

package dev.ovenbird.e2e.gateway;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.Instance;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A lab whose server knows a name server behind it, and a cluster that pushes names. */
final class GatewayStage implements AutoCloseable {
  static final Duration CONNECT = Duration.ofSeconds(30);
  static final String GATEWAY_IPV4 = "10.88.0.1";
  static final String GATEWAY_IPV6 = "fd00:88::1";

  /** What the server's name server says of every name. */
  static final String INSIDE_ANSWER = "10.96.0.10";

  private final Scope scope = new Scope();
  private final Path dir;
  private final Lab lab;
  private final NameServer inside;
  private final LocalCluster cluster;
  private final Path resolvConf;

  private GatewayStage(int clients, ClusterSpec spec) {
    try {
      dir = TempFolder.create(scope, "ovenbird-gateway");
      lab = Lab.create(scope, clients);
      inside = NameServer.start(scope, lab.service(), Lab.SERVICE_IPV4, INSIDE_ANSWER);
      resolvConf = resolvConf(lab.server());
      nameServers(Lab.SERVICE_IPV4);
      cluster = LocalCluster.start(scope, lab.server(), dir, spec);
    } catch (RuntimeException | Error e) {
      scope.close();
      throw e;
    }
  }

  static ClusterSpec spec() {
    return new ClusterSpec()
        .set(
            "push",
            "{routes: [10.96.0.0/12, \"fd00:96::/64\"], dns: {domains: [svc.cluster.local]}}");
  }

  static GatewayStage open(int clients, ClusterSpec spec) {
    return new GatewayStage(clients, spec);
  }

  /** {@code ip netns exec} puts it in place of /etc/resolv.conf. */
  private Path resolvConf(Namespace namespace) {
    Path folder = Path.of("/etc/netns", namespace.name());
    scope.add(
        () -> {
          Files.deleteIfExists(folder.resolve("resolv.conf"));
          Files.deleteIfExists(folder);
        });
    try {
      return Files.createDirectories(folder).resolve("resolv.conf");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the server's resolv.conf says from now on. */
  void nameServers(String... addresses) {
    try {
      Files.writeString(
          resolvConf,
          "search example.com\nnameserver " + String.join("\nnameserver ", addresses) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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

  NameServer inside() {
    return inside;
  }

  LocalCluster cluster() {
    return cluster;
  }

  /** Stock openvpn on a lane, by UDP. */
  OpenVpnClient connect(int namespace, String client, int lane, String... arguments) {
    return OpenVpnClient.start(scope, lab.client(namespace), profile(client, lane), arguments)
        .awaitConnected(CONNECT);
  }

  /** A client's profile with one lane's UDP port alone. */
  Path profile(String client, int lane) {
    Profile.Remote remote = new Profile.Remote(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT + lane, "udp");
    return cluster.profile(client).with(remote).write(dir.resolve(client + "-" + lane + ".ovpn"));
  }

  /** What all lanes have counted. */
  double metric(String name, String labels) {
    double sum = 0;
    for (Instance instance : cluster.instances()) {
      sum += instance.metric(name, labels);
    }
    return sum;
  }

  @Override
  public void close() {
    scope.close();
  }
}

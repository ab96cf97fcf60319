package dev.ovenbird.e2e.survival;

import dev.ovenbird.e2e.client.NewestClient;
import dev.ovenbird.e2e.client.OpenVpn3Client;
import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.client.TunnelClient;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Capture;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.e2e.service.NumberedPackets;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One instance, and the stock clients of three makes on it, each in its namespace. */
final class KillStage implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(90);
  private static final int DOWN_PORT = 7100;
  private static final int UP_PORT = 7200;

  /** A connected client. */
  record Connected(String name, Namespace at, TunnelClient client, Capture resets) {
    /** How often it has got keys, or begun to, where its log says nothing of them. */
    int keys() {
      return client instanceof OpenVpnClient stock
          ? (int) stock.log().count("Control Channel: TLSv")
          : resets.renegotiations();
    }

    /** Its address in the tunnel. */
    String ipv4() {
      for (String line : at.ip("-o", "-4", "addr", "show").lines().toList()) {
        int from = line.indexOf(" 10.88.");
        if (from >= 0) {
          return line.substring(from + 1).split("[/ ]", 2)[0];
        }
      }
      throw new AssertionError(name + " has no address\n" + client.tail());
    }
  }

  private final Scope scope = new Scope();
  private final Path dir;
  private final Lab lab;
  private final LocalCluster cluster;
  private final List<Connected> clients = new ArrayList<>();

  private KillStage(ClusterSpec spec) throws IOException {
    try {
      dir = TempFolder.create(scope, "ovenbird-kill");
      lab = Lab.create(scope, 3);
      cluster =
          LocalCluster.start(
              scope, lab.server(), dir, spec.client("alice").client("bob").client("carol"));
      connect();
    } catch (IOException | RuntimeException | Error e) {
      scope.close();
      throw e;
    }
  }

  /**
   * @param spec of one instance
   */
  static KillStage open(ClusterSpec spec) throws IOException {
    return new KillStage(spec);
  }

  private void connect() throws IOException {
    Capture[] resets = new Capture[3];
    for (int i = 0; i < 3; i++) {
      resets[i] =
          Capture.ofSoftResets(
              scope, lab.client(i), dir.resolve("resets-" + i + ".pcap"), ClusterSpec.UDP_PORT);
    }
    TunnelClient alice = OpenVpnClient.start(scope, lab.client(0), profile("alice"), "--verb", "4");
    TunnelClient bob =
        OpenVpnClient.start(
            scope, lab.client(1), NewestClient.make(dir), profile("bob"), "--verb", "4");
    TunnelClient carol = OpenVpn3Client.start(scope, lab.client(2), profile("carol"));
    clients.add(new Connected("openvpn 2.6", lab.client(0), alice, resets[0]));
    clients.add(new Connected("openvpn 2.7", lab.client(1), bob, resets[1]));
    clients.add(new Connected("OpenVPN 3", lab.client(2), carol, resets[2]));
    clients.forEach(each -> each.client().awaitConnected(CONNECT));
    clients.forEach(each -> goFirst(each.at()));
  }

  /**
   * In life a client has a machine of its own. Here the processors are shared with the instance and
   * with what counts the packets, and a client that waits for them loses packets in its own socket
   * and TUN.
   */
  private static void goFirst(Namespace machine) {
    machine.run(
        "sh",
        "-c",
        "for p in $(ip netns pids %s); do chrt -r -a -p 10 $p || true; done"
            .formatted(machine.name()));
  }

  private Path profile(String client) {
    Profile.Remote remote = new Profile.Remote(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT, "udp");
    return cluster.profile(client).with(remote).write(dir.resolve(client + ".ovpn"));
  }

  Scope scope() {
    return scope;
  }

  Lab lab() {
    return lab;
  }

  LocalCluster cluster() {
    return cluster;
  }

  List<Connected> clients() {
    return clients;
  }

  /** To every client and from every client. */
  List<NumberedPackets> streams(int perSecond, int seconds) throws IOException {
    List<NumberedPackets> streams = new ArrayList<>();
    for (int i = 0; i < clients.size(); i++) {
      Connected each = clients.get(i);
      streams.add(
          scope.add(
              NumberedPackets.start(
                  "to " + each.name(),
                  lab.service(),
                  each.at(),
                  each.ipv4(),
                  DOWN_PORT + i,
                  perSecond,
                  seconds)));
      streams.add(
          scope.add(
              NumberedPackets.start(
                  "from " + each.name(),
                  each.at(),
                  lab.service(),
                  Lab.SERVICE_IPV4,
                  UP_PORT + i,
                  perSecond,
                  seconds)));
    }
    return streams;
  }

  /**
   * Kills the agent; returns when ({@link System#nanoTime}). Without a program that does it: until
   * one runs the agent goes on, for how long is not known here.
   */
  long kill() {
    ProcessHandle agent = ProcessHandle.of(cluster.instance(0).pid()).orElseThrow();
    long at = System.nanoTime();
    if (!agent.destroyForcibly()) {
      throw new AssertionError("the agent could not be killed");
    }
    return at;
  }

  @Override
  public void close() {
    scope.close();
  }
}

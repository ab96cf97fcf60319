package dev.ovenbird.e2e.survival;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.Instance;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Capture;
import dev.ovenbird.e2e.net.Capture.Packet;
import dev.ovenbird.e2e.net.ForgedUdp;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.e2e.service.Texts;
import dev.ovenbird.e2e.service.UdpSink;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Somebody has captured all that a client said, and says it again to the restored server. */
class ReplayTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int TEXTS = 200;
  private static final int SINK_PORT = 7008;
  private static final int DATA_V2 = 9;

  @Test
  @Timeout(90)
  void nothing_of_a_capture_that_is_played_into_a_restored_server_reaches_the_tun()
      throws Exception {
    try (Scope scope = new Scope()) {
      Path dir = TempFolder.create(scope, "ovenbird-replay");
      Lab lab = Lab.create(scope, 1);
      LocalCluster cluster =
          LocalCluster.start(scope, lab.server(), dir, new ClusterSpec().lanes(1).client("alice"));
      UdpSink sink = UdpSink.start(scope, lab.service(), Lab.SERVICE_IPV4, SINK_PORT);
      Capture capture =
          Capture.start(scope, lab.client(0), dir.resolve("all.pcap"), ClusterSpec.UDP_PORT);
      OpenVpnClient alice = connect(scope, lab, cluster, dir);
      assertThat(Texts.send(lab.client(0), sink.address(), "secret", TEXTS)).isGreaterThan(0);
      String tun = cluster.instance(0).tunName();
      assertThat(packetsOutOf(lab.server(), tun)).isGreaterThanOrEqualTo(sink.seen().size());

      // Alice holds her breath, so that all that comes is the capture.
      int port = boundPort(lab.client(0));
      alice.log().signal("STOP");
      List<Packet> said =
          Await.until(
              "the capture is written",
              SOON,
              () -> capture.packets().stream().filter(Packet::fromClient).toList(),
              packets -> dataAmong(packets) >= sink.seen().size());
      long data = dataAmong(said);
      killAndAwaitRestored(cluster);
      Instance restored = cluster.instance(0).awaitReady();
      long before = packetsOutOf(lab.server(), tun);
      double refusedBefore = refused(restored);
      ForgedUdp forged = ForgedUdp.open(scope, lab.client(0));
      InetSocketAddress server = new InetSocketAddress(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT);
      for (Packet packet : said) {
        forged.send(port, server, packet.bytes());
      }
      Await.until(
          "all data packets are refused",
          SOON,
          () -> refused(restored) - refusedBefore,
          count -> count >= data);
      System.out.printf(
          Locale.ROOT,
          "%d captured packets (%d of data) played into the restored server: %d reached the TUN%n",
          said.size(),
          data,
          packetsOutOf(lab.server(), tun) - before);
      assertThat(packetsOutOf(lab.server(), tun)).isEqualTo(before);
      assertThat(sink.seen().values()).allMatch(times -> times == 1);
      assertThat(restored.metric("ovenbird_sessions", "")).isEqualTo(1);

      alice.log().signal("CONT");
      Await.until(
          "new keys",
          SOON,
          () -> alice.log().count("VERIFY OK: depth=0"),
          negotiations -> negotiations > 1);
      assertThat(alice.reaches(Lab.SERVICE_IPV4)).isTrue();
      assertThat(alice.connections()).isEqualTo(1);
    }
  }

  private static OpenVpnClient connect(Scope scope, Lab lab, LocalCluster cluster, Path dir) {
    Profile.Remote remote = new Profile.Remote(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT, "udp");
    Path profile = cluster.profile("alice").with(remote).write(dir.resolve("alice.ovpn"));
    return OpenVpnClient.start(scope, lab.client(0), profile, "--verb", "3").awaitConnected(SOON);
  }

  private static long dataAmong(List<Packet> packets) {
    return packets.stream().filter(packet -> packet.opcode() == DATA_V2).count();
  }

  /** The port of the only UDP socket in a namespace. */
  private static int boundPort(Namespace client) {
    String local = client.run("ss", "-H", "-u", "-n", "-a").strip().split("\\s+")[3];
    return Integer.parseInt(local.substring(local.lastIndexOf(':') + 1));
  }

  /** What an instance has written to its TUN, the kernel's way of counting. */
  private static long packetsOutOf(Namespace server, String tun) {
    return Long.parseLong(
        server.run("cat", "/sys/class/net/" + tun + "/statistics/rx_packets").strip());
  }

  private static double refused(Instance instance) {
    return instance.metric("ovenbird_dropped_packets_total", "reason=\"data_replay\"");
  }

  private static void killAndAwaitRestored(LocalCluster cluster) {
    int mark = cluster.log().mark();
    Command.run("kill", "-KILL", Long.toString(cluster.instance(0).pid()));
    String line = "Sessions of an earlier process restored";
    assertThat(cluster.log().await(line, mark, SOON).text()).contains("sessions=1", "refused=0");
    cluster.log().await(" Ready ", mark, SOON);
  }
}

package dev.ovenbird.e2e.survival;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.LoggedProcess.Line;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One person on two lanes of a node, one after the other. */
class NewestLaneTest {
  private static final Duration CONNECT = Duration.ofSeconds(30);

  @Test
  @Timeout(90)
  void the_lane_that_a_person_left_without_a_word_ends_the_session_at_once() {
    try (Scope scope = new Scope()) {
      Path dir = TempFolder.create(scope, "ovenbird-lanes");
      Lab lab = Lab.create(scope, 2);
      LocalCluster cluster =
          LocalCluster.start(scope, lab.server(), dir, new ClusterSpec().client("alice"));
      OpenVpnClient before = connect(scope, lab, cluster, dir, 0);
      assertThat(before.reaches(Lab.SERVICE_IPV4)).isTrue();
      String address = before.ipv4();
      lab.client(0).ip("link", "set", "eth0", "down");
      int mark = cluster.log().mark();
      OpenVpnClient now = connect(scope, lab, cluster, dir, 1);
      Line opened = session(cluster, 1, "opened", mark);
      Line closed = session(cluster, 0, "closed", mark);
      System.out.printf(
          Locale.ROOT,
          "the other lane's session ended after %.3f s: %s%n",
          (closed.atNanos() - opened.atNanos()) / 1e9,
          closed.text());
      assertThat(closed.text()).contains("client=alice", "reason=ELSEWHERE");
      assertThat(closed.atNanos() - opened.atNanos()).isLessThan(1_000_000_000);
      assertThat(now.ipv4()).isEqualTo(address);
      assertThat(now.reaches(Lab.SERVICE_IPV4)).isTrue();
      assertThat(now.reaches(Lab.SERVICE_IPV6)).isTrue();
      assertThat(cluster.instance(0).metric("ovenbird_sessions", "")).isZero();
      assertThat(cluster.instance(1).metric("ovenbird_sessions", "")).isEqualTo(1);
      assertThat(lab.server().ip("route", "show", address))
          .contains("dev " + cluster.instance(1).tunName());
    }
  }

  /** Alice, on the lane of this number in the namespace of this number. */
  private static OpenVpnClient connect(
      Scope scope, Lab lab, LocalCluster cluster, Path dir, int number) {
    Profile.Remote remote =
        new Profile.Remote(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT + number, "udp");
    Path profile = cluster.profile("alice").with(remote).write(dir.resolve(number + ".ovpn"));
    return OpenVpnClient.start(scope, lab.client(number), profile).awaitConnected(CONNECT);
  }

  private static Line session(LocalCluster cluster, int lane, String what, int mark) {
    return cluster
        .log()
        .await(
            line -> line.startsWith("[lane " + lane + "]") && line.contains("Session " + what),
            "session " + what + " on lane " + lane,
            mark,
            Duration.ofSeconds(10));
  }
}

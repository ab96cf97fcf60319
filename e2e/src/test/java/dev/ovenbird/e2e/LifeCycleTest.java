package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.NetworkState;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Starting, changing, stopping and starting again. */
class LifeCycleTest {
  @Test
  void ctrl_c_leaves_nothing_and_the_next_start_keeps_profile_and_address() throws Exception {
    try (Scope scope = new Scope()) {
      Path dir = TempFolder.create(scope, "ovenbird-e2e");
      Lab lab = Lab.create(scope, 1);
      NetworkState before = NetworkState.of(lab.server());
      ClusterSpec spec = new ClusterSpec().client("alice").client("bob");
      LocalCluster first = LocalCluster.start(scope, lab.server(), dir, spec);
      byte[] profile = Files.readAllBytes(first.profileFile("alice"));
      OpenVpnClient client =
          OpenVpnClient.start(scope, lab.client(0), first.profileFile("alice"))
              .awaitConnected(Stage.CONNECT);
      String ipv4 = client.ipv4();
      assertThat(NetworkState.of(lab.server())).isNotEqualTo(before);
      first.interrupt();
      assertThat(NetworkState.of(lab.server())).isEqualTo(before);
      assertThat(first.instances()).isEmpty();

      int mark = client.log().mark();
      LocalCluster second = LocalCluster.start(scope, lab.server(), dir, spec);
      assertThat(Files.readAllBytes(second.profileFile("alice"))).isEqualTo(profile);
      client.awaitConnectedAfter(mark, Duration.ofSeconds(60));
      assertThat(client.ipv4()).isEqualTo(ipv4);
      assertThat(Ping.answers(lab.client(0), Lab.SERVICE_IPV4)).isTrue();
      second.interrupt();
      assertThat(NetworkState.of(lab.server())).isEqualTo(before);
    }
  }

  @Test
  void what_a_killed_cluster_left_is_swept_by_the_next_start() {
    try (Scope scope = new Scope()) {
      Path dir = TempFolder.create(scope, "ovenbird-e2e");
      Lab lab = Lab.create(scope, 1);
      NetworkState before = NetworkState.of(lab.server());
      ClusterSpec spec = new ClusterSpec().client("alice");
      LocalCluster first = LocalCluster.start(scope, lab.server(), dir, spec);
      first.log().signal("KILL");
      first.log().awaitExit(Duration.ofSeconds(10));
      LocalCluster second = LocalCluster.start(scope, lab.server(), dir, spec);
      OpenVpnClient.start(scope, lab.client(0), second.profileFile("alice"))
          .awaitConnected(Stage.CONNECT);
      assertThat(Ping.answers(lab.client(0), Lab.SERVICE_IPV4)).isTrue();
      second.interrupt();
      assertThat(NetworkState.of(lab.server()).links()).isEqualTo(before.links());
      assertThat(NetworkState.of(lab.server()).firewall()).isEqualTo(before.firewall());
      assertThat(NetworkState.of(lab.server()).routes()).isEqualTo(before.routes());
    }
  }

  @Test
  void clients_and_push_settings_change_while_it_runs() {
    ClusterSpec spec = new ClusterSpec().lanes(1).client("alice");
    try (Stage stage = Stage.open(2, spec)) {
      OpenVpnClient alice = stage.connect(0, "alice");
      stage.cluster().apply(spec.client("bob"));
      stage.cluster().awaitProfile("bob", Duration.ofSeconds(10));
      OpenVpnClient bob = stage.connect(1, "bob");
      stage.assertServiceIsReached(1);
      assertThat(bob.ipv4()).isNotEqualTo(alice.ipv4());
      bob.close();

      int mark = stage.cluster().log().mark();
      stage
          .cluster()
          .apply(spec.set("push", "{routes: [10.96.0.0/12, 198.51.100.0/24, \"fd00:96::/64\"]}"));
      stage.cluster().log().await("Configuration applied", mark, Duration.ofSeconds(20));
      OpenVpnClient again = stage.connect(1, "bob");
      assertThat(again.namespace().ip("route", "show", "198.51.100.0/24")).contains("dev tun");
      stage.assertServiceIsReached(0);
      assertThat(alice.connections()).as("connected clients are not disturbed").isEqualTo(1);
    }
  }

  @Test
  void file_that_becomes_malformed_or_empty_changes_nothing() {
    ClusterSpec spec = new ClusterSpec().lanes(1).client("alice");
    try (Stage stage = Stage.open(1, spec)) {
      OpenVpnClient alice = stage.connect(0, "alice");
      for (String bad : List.of("spec: [", "", spec.yaml().replace("spec:", "sepc:"))) {
        int mark = stage.cluster().log().mark();
        stage.cluster().replaceFile(bad);
        stage.cluster().log().await("cluster.yaml", mark, Duration.ofSeconds(10));
        stage.cluster().log().await("Nothing was changed.", mark, Duration.ofSeconds(10));
      }
      stage.assertServiceIsReached(0);
      assertThat(alice.connections()).isEqualTo(1);
      stage.cluster().apply(spec.client("bob"));
      stage.cluster().awaitProfile("bob", Duration.ofSeconds(10));
    }
  }

  @Test
  void session_of_a_client_that_leaves_is_gone_at_once() {
    try (Stage stage = Stage.open(1, new ClusterSpec().lanes(1).client("alice"))) {
      OpenVpnClient client = stage.connect(0, "alice");
      stage.awaitSessions(1, Duration.ofSeconds(5));
      long start = System.nanoTime();
      client.close();
      // Far below the keepalive timeout of 14 s, which would end it too.
      stage.awaitSessions(0, Duration.ofSeconds(4));
      System.out.printf("session gone %.2f s after SIGTERM%n", (System.nanoTime() - start) / 1e9);
      assertThat(
              stage
                  .cluster()
                  .instance(0)
                  .metric("ovenbird_sessions_closed_total", "reason=\"exit\""))
          .isEqualTo(1);
      assertThat(stage.lab().server().ip("route")).doesNotContain("10.88.0.2 ");
    }
  }
}

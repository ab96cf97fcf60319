package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.Instance;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Cpu;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How much memory an instance takes, how fast a cluster starts, what it tells. */
@Tag("alone")
class FootprintTest {
  private static final long MAX_RESIDENT = 120_000_000;
  private static final double MAX_START_SECONDS = 5;
  private static final int STARTS = 5;
  private static final Duration SETTLED = Duration.ofSeconds(20);

  @Test
  void cluster_of_two_lanes_is_ready_in_less_than_five_seconds() {
    double[] seconds = new double[STARTS];
    double cpu = 0;
    try (Scope scope = new Scope()) {
      Lab lab = Lab.create(scope, 0);
      for (int i = 0; i < STARTS; i++) {
        Path dir = TempFolder.create(scope, "ovenbird-e2e");
        long start = System.nanoTime();
        LocalCluster cluster =
            LocalCluster.start(scope, lab.server(), dir, new ClusterSpec().client("alice"));
        seconds[i] = (System.nanoTime() - start) / 1e9;
        cpu +=
            Cpu.seconds(cluster.log().pid())
                + cluster.instances().stream().mapToDouble(each -> Cpu.seconds(each.pid())).sum();
        cluster.interrupt();
      }
    }
    Arrays.sort(seconds);
    System.out.printf(
        "up to Ready: median %.2f s (%.2f to %.2f), processor time %.2f s on %d processors%n",
        seconds[STARTS / 2],
        seconds[0],
        seconds[STARTS - 1],
        cpu / STARTS,
        Runtime.getRuntime().availableProcessors());
    assertThat(seconds[STARTS / 2]).as("median of %d starts", STARTS).isLessThan(MAX_START_SECONDS);
  }

  @Test
  void idle_instance_stays_below_120_megabytes() {
    ClusterSpec spec = new ClusterSpec().client("alice");
    try (Stage stage = Stage.open(1, spec)) {
      for (Instance instance : stage.cluster().instances()) {
        System.out.printf(
            "lane %d idle: %.1f MB resident%n", instance.lane(), awaitIdle(instance) / 1e6);
      }
      stage.connect(0, "alice").close();
      stage.awaitSessions(0, SETTLED);
      for (Instance instance : stage.cluster().instances()) {
        System.out.printf(
            "lane %d after a session: %.1f MB resident%n",
            instance.lane(), instance.residentBytes() / 1e6);
      }
    }
  }

  /** What the start needed is given back a few seconds later. */
  private static long awaitIdle(Instance instance) {
    return Await.until(
        "little memory", SETTLED, instance::residentBytes, bytes -> bytes < MAX_RESIDENT);
  }

  @Test
  void metrics_and_health_tell_what_goes_on() {
    try (Stage stage = Stage.open(1, new ClusterSpec().lanes(1).client("alice"))) {
      Instance instance = stage.cluster().instance(0);
      assertThat(instance.get("/healthz")).startsWith("HTTP/1.1 200");
      assertThat(instance.isReady()).isTrue();
      stage.connect(0, "alice");
      stage.assertServiceIsReached(0);
      assertThat(instance.metric("ovenbird_sessions", "")).isEqualTo(1);
      assertThat(instance.metric("ovenbird_sessions_opened_total", "")).isEqualTo(1);
      assertThat(instance.metric("ovenbird_bytes_total", "")).isGreaterThan(1 << 20);
      assertThat(instance.metric("ovenbird_roster_clients", "")).isEqualTo(1);
    }
  }
}

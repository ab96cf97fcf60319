package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.Instance;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An instance dies or goes: its clients are back soon, and others notice nothing. */
class FailOverTest {
  private static final Duration BACK = Duration.ofSeconds(30);

  private Stage stage;
  private OpenVpnClient onLane0;
  private OpenVpnClient onLane1;

  @BeforeEach
  void open() {
    ClusterSpec spec = new ClusterSpec();
    List<String> names = List.of("alice", "bob", "carol", "dave");
    names.forEach(spec::client);
    stage = Stage.open(2, spec);
    onLane0 = stage.connect(0, clientOf(0, names));
    onLane1 = stage.connect(1, clientOf(1, names));
    assertThat(lane(onLane0)).isZero();
    assertThat(lane(onLane1)).isEqualTo(1);
  }

  @AfterEach
  void close() {
    stage.close();
  }

  /** A client whose profile names the lane first. */
  private String clientOf(int lane, List<String> names) {
    for (String name : names) {
      if (stage.cluster().profile(name).remotes().getFirst().port()
          == ClusterSpec.UDP_PORT + lane) {
        return name;
      }
    }
    throw new AssertionError("no profile begins with lane " + lane);
  }

  private static int lane(OpenVpnClient client) {
    return client.lane(ClusterSpec.UDP_PORT, ClusterSpec.TCP_PORT);
  }

  @Test
  void client_of_a_killed_instance_keeps_its_session_and_others_lose_nothing() {
    Instance victim = stage.cluster().instance(0);
    String ipv4 = onLane0.ipv4();
    String ipv6 = onLane0.ipv6();
    try (Ping victims = Ping.start(onLane0.namespace(), Lab.SERVICE_IPV4, ms(100));
        Ping others = Ping.start(onLane1.namespace(), Lab.SERVICE_IPV4, ms(50))) {
      Command.run("kill", "-KILL", Long.toString(victim.pid()));
      awaitInstance(0, victim.pid());
      stage.assertServiceIsReached(0);
      Ping.Result silence = victims.stop();
      System.out.printf("killed instance: longest silence %.1f s%n", silence.longestGap());
      assertThat(silence.longestGap()).isLessThan(BACK.toSeconds());
      assertThat(others.stop().lost()).as("pings lost on the other lane").isZero();
    }
    assertThat(onLane0.ipv4()).isEqualTo(ipv4);
    assertThat(onLane0.ipv6()).isEqualTo(ipv6);
    assertThat(onLane0.connections()).isEqualTo(1);
    assertThat(onLane1.connections()).isEqualTo(1);
    Instance successor = awaitInstance(0, victim.pid());
    assertThat(successor.pid()).isNotEqualTo(victim.pid());
  }

  @Test
  void client_of_a_lane_stopped_for_good_comes_back_through_the_other() {
    String ipv4 = onLane0.ipv4();
    try (Ping others = Ping.start(onLane1.namespace(), Lab.SERVICE_IPV4, ms(50))) {
      int mark = onLane0.log().mark();
      long start = System.nanoTime();
      Command.Result stopped = stage.cluster().command("stop", 0);
      assertThat(stopped.status()).as(stopped.output()).isZero();
      long back = onLane0.awaitConnectedAfter(mark, BACK).atNanos();
      System.out.printf("stopped lane: client back after %.1f s%n", (back - start) / 1e9);
      assertThat(others.stop().lost()).as("pings lost on the other lane").isZero();
    }
    assertThat(lane(onLane0)).isEqualTo(1);
    assertThat(onLane0.ipv4()).isEqualTo(ipv4);
    stage.assertServiceIsReached(0);
    assertThat(stage.cluster().instances()).hasSize(1);

    Command.Result started = stage.cluster().command("start", 0);
    assertThat(started.status()).as(started.output()).isZero();
    awaitInstance(0, -1);
  }

  @Test
  void other_lane_that_is_killed_again_and_again_is_respawned_each_time() {
    List<Long> pids = new ArrayList<>();
    try (Ping others = Ping.start(onLane0.namespace(), Lab.SERVICE_IPV4, ms(50))) {
      for (int i = 0; i < 3; i++) {
        long pid = stage.cluster().instance(1).pid();
        pids.add(pid);
        Command.run("kill", "-KILL", Long.toString(pid));
        awaitInstance(1, pid);
      }
      assertThat(others.stop().lost()).isZero();
    }
    assertThat(pids).doesNotHaveDuplicates();
  }

  private Instance awaitInstance(int lane, long not) {
    return Await.until(
            "lane " + lane + " serves",
            Duration.ofSeconds(30),
            () ->
                stage.cluster().instances().stream()
                    .filter(instance -> instance.lane() == lane && instance.pid() != not)
                    .filter(Instance::isReady)
                    .toList(),
            instances -> !instances.isEmpty())
        .getFirst();
  }

  private static Duration ms(int millis) {
    return Duration.ofMillis(millis);
  }
}

package dev.ovenbird.e2e.survival;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A cluster with {@code instances.spare: Enabled}. */
class SpareTest {
  /** A spare one is made five seconds after the agent, and has then to load its classes. */
  private static final Duration SPARE = Duration.ofSeconds(30);

  @Test
  @Timeout(120)
  void the_spare_process_goes_on_with_the_sessions_of_a_killed_instance() throws IOException {
    try (Scope scope = new Scope()) {
      Path dir = TempFolder.create(scope, "ovenbird-spare");
      Lab lab = Lab.create(scope, 1);
      LocalCluster cluster =
          LocalCluster.start(
              scope, lab.server(), dir, new ClusterSpec().lanesWithSpare(1).client("alice"));
      Profile.Remote remote = new Profile.Remote(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT, "udp");
      OpenVpnClient client =
          OpenVpnClient.start(
                  scope,
                  lab.client(0),
                  cluster.profile("alice").with(remote).write(dir.resolve("alice.ovpn")))
              .awaitConnected(Duration.ofSeconds(30));
      ProcessHandle agent = agent(cluster);
      String tun = cluster.instance(0).tunName();
      int mark = 0;
      for (int kill = 1; kill <= 2; kill++) {
        cluster.log().await("A spare agent waits", mark, SPARE);
        mark = cluster.log().mark();
        ProcessHandle spare = spare(agent);
        System.out.println("the spare: " + memory(spare) + "; the agent: " + memory(agent));
        long at = System.nanoTime();
        agent.destroyForcibly();
        Await.until("packets", SPARE, () -> client.reaches(Lab.SERVICE_IPV4), reached -> reached);
        System.out.printf(
            Locale.ROOT,
            "kill %d: reached again after %.2f s%n",
            kill,
            (System.nanoTime() - at) / 1e9);
        cluster
            .instance(0)
            .awaitReady()
            .get("/metrics")
            .lines()
            .filter(l -> l.contains("start_seconds{"))
            .forEach(System.out::println);
        agent = agent(cluster);
        assertThat(agent.pid()).as("the agent now").isEqualTo(spare.pid());
        assertThat(client.reaches(Lab.SERVICE_IPV6)).isTrue();
      }
      assertThat(client.connections()).as(client.tail()).isEqualTo(1);
      assertThat(cluster.instance(0).metric("ovenbird_start_seconds", "stage=\"serving\""))
          .as("counted from its turn on, not from its making")
          .isPositive()
          .isLessThan(5);
      assertThat(cluster.interrupt()).isZero();
      assertThat(agent.isAlive()).isFalse();
      assertThat(lab.server().run("ip", "-o", "link").lines()).noneMatch(it -> it.contains(tun));
    }
  }

  private static ProcessHandle agent(LocalCluster cluster) {
    return ProcessHandle.of(cluster.instance(0).pid()).orElseThrow();
  }

  /** Resident, and the share of it that no other process has. */
  private static String memory(ProcessHandle process) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/smaps_rollup"))) {
      return lines
          .filter(line -> line.matches("(Rss|Private_Clean|Private_Dirty):.*"))
          .map(line -> line.replaceAll(" +", " "))
          .collect(Collectors.joining(", "));
    }
  }

  /** The other process of the agent's supervisor. */
  private static ProcessHandle spare(ProcessHandle agent) {
    return agent
        .parent()
        .orElseThrow()
        .children()
        .filter(child -> !child.equals(agent))
        .findFirst()
        .orElseThrow();
  }
}

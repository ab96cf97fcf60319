package dev.ovenbird.e2e.survival;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.Instance;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to session stores while nobody uses them, with a stock client on each instance. */
class StoreDamageTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Of the file before the store, and of the store before its records. */
  private static final int RECORDS_AT = 2 * 4096;

  /** Of the first record: who the client is, twice. */
  private static final int COLD_FROM = RECORDS_AT + 4096;

  private static final int COLD_TO = RECORDS_AT + 20480;

  private static final int SUSPENDED = 4;
  private static final List<String> CLIENTS = List.of("alice", "bob", "carol", "dave", "erin");

  /** What each lane says of its store; that of the suspended client's has nothing wrong. */
  private static final List<String> LINES =
      List.of(
          "is not one, or is damaged; its sessions are not restored",
          "is for another number of sessions, or was cut off; its sessions are not restored",
          "is of another instance, of other settings, or of the time before the node's start;"
              + " its sessions are not restored",
          "The session store was damaged: 1 sessions are not restored");

  /** An instance with its supervisor and its store. */
  private record Victim(long pid, long supervisor, Path store) {
    static Victim of(Instance instance) {
      long supervisor =
          ProcessHandle.of(instance.pid()).flatMap(ProcessHandle::parent).orElseThrow().pid();
      return new Victim(instance.pid(), supervisor, store(instance.pid()));
    }

    private static Path store(long pid) {
      try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
        for (Path each : open.toList()) {
          if (Files.isSymbolicLink(each) && Files.readSymbolicLink(each).endsWith("sessions")) {
            return Files.readSymbolicLink(each);
          }
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      throw new AssertionError("process " + pid + " has no session store");
    }
  }

  @Test
  @Timeout(120)
  void damaged_and_foreign_stores_cost_a_new_connection_and_suspended_clients_stay_out()
      throws Exception {
    try (Scope scope = new Scope()) {
      Path dir = TempFolder.create(scope, "ovenbird-stores");
      Lab lab = Lab.create(scope, CLIENTS.size());
      ClusterSpec spec =
          new ClusterSpec().lanes(CLIENTS.size()).set("keepalive", "{interval: 2s, timeout: 7s}");
      CLIENTS.forEach(spec::client);
      LocalCluster cluster = LocalCluster.start(scope, lab.server(), dir, spec);
      List<OpenVpnClient> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS.size(); i++) {
        clients.add(start(scope, lab, cluster, dir, i));
      }
      clients.forEach(client -> client.awaitConnected(SOON));
      List<Victim> victims = cluster.instances().stream().map(Victim::of).toList();
      int mark = cluster.log().mark();
      List<Integer> marks = clients.stream().map(client -> client.log().mark()).toList();

      // Nobody starts them again before the stores are what they are to be.
      victims.forEach(victim -> signal("STOP", victim.supervisor()));
      victims.forEach(victim -> signal("KILL", victim.pid()));
      Await.until("all are dead", SOON, cluster::instances, List::isEmpty);
      damage(victims);
      suspend(cluster, spec, CLIENTS.get(SUSPENDED));
      victims.forEach(victim -> signal("CONT", victim.supervisor()));

      for (int lane = 0; lane < LINES.size(); lane++) {
        String line = LINES.get(lane);
        int of = lane;
        cluster.log().await(said -> isOf(of, said) && said.contains(line), line, mark, SOON);
      }
      cluster
          .log()
          .await(
              said ->
                  isOf(SUSPENDED, said)
                      && said.contains("Sessions of an earlier process restored")
                      && said.contains("sessions=0")
                      && said.contains("refused=1"),
              "the suspended client's session refused",
              mark,
              SOON);
      for (int i = 0; i < LINES.size(); i++) {
        clients.get(i).awaitConnectedAfter(marks.get(i), SOON);
      }
      clients.get(SUSPENDED).log().await("AUTH_FAILED", marks.get(SUSPENDED), SOON);
      assertThat(clients.get(SUSPENDED).connections()).isEqualTo(1);
      List<String> after = cluster.log().lines().subList(mark, cluster.log().mark());
      for (int lane = 0; lane < LINES.size(); lane++) {
        int of = lane;
        assertThat(after)
            .filteredOn(said -> isOf(of, said))
            .filteredOn(said -> said.contains("ession store") || said.contains("restored"))
            .as("lane %d says one line of it", lane)
            .hasSize(1);
        assertThat(clients.get(lane).reaches(Lab.SERVICE_IPV4)).isTrue();
      }
    }
  }

  private static OpenVpnClient start(
      Scope scope, Lab lab, LocalCluster cluster, Path dir, int lane) {
    Profile.Remote remote = new Profile.Remote(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT + lane, "udp");
    Path profile =
        cluster.profile(CLIENTS.get(lane)).with(remote).write(dir.resolve(lane + ".ovpn"));
    return OpenVpnClient.start(scope, lab.client(lane), profile);
  }

  private static boolean isOf(int lane, String line) {
    return line.startsWith("[lane " + lane + "]");
  }

  private static void signal(String signal, long pid) {
    Command.run("kill", "-" + signal, Long.toString(pid));
  }

  private static void damage(List<Victim> victims) throws IOException {
    overwrite(victims.get(0).store(), 0, new byte[] {1});
    try (RandomAccessFile file = new RandomAccessFile(victims.get(1).store().toFile(), "rw")) {
      file.setLength(file.length() / 2);
    }
    // Another instance's, whole as it is.
    Path neighbours = victims.get(SUSPENDED).store();
    overwrite(victims.get(2).store(), 0, Files.readAllBytes(neighbours));
    byte[] cold = Files.readAllBytes(victims.get(3).store());
    byte[] other = new byte[COLD_TO - COLD_FROM];
    IntStream.range(0, other.length).forEach(i -> other[i] = (byte) ~cold[COLD_FROM + i]);
    overwrite(victims.get(3).store(), COLD_FROM, other);
  }

  private static void overwrite(Path path, int at, byte[] bytes) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(at);
      file.write(bytes);
    }
  }

  /** Returns when it is in the roster, which no agent is there to read. */
  private static void suspend(LocalCluster cluster, ClusterSpec spec, String client) {
    Path roster = cluster.state().resolve("roster.json");
    cluster.apply(spec.client(client, ", suspend: true"));
    Await.until(
        "the suspension in the roster",
        SOON,
        () -> Files.readString(roster).replaceAll("\\s", ""),
        text -> text.contains("\"suspended\":true"));
  }
}

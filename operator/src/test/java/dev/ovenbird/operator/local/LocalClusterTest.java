package dev.ovenbird.operator.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.plan.Node;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Local mode with stand-ins for agents. */
@Timeout(120)
class LocalClusterTest {
  private static final AgentCommand FAKE =
      new AgentCommand(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1",
              "-cp",
              System.getProperty("java.class.path"),
              FakeAgent.class.getName()));

  @TempDir Path dir;

  private final LinkedBlockingQueue<String> said = new LinkedBlockingQueue<>();
  private final List<String> heard = new ArrayList<>();
  private @Nullable Running running;

  private record Running(LocalCluster cluster, StateFolder folder, Thread thread) {}

  @AfterEach
  void stop() throws InterruptedException {
    if (running != null) {
      running.cluster().stop();
      running.thread().join();
      running.folder().close();
    }
  }

  @Test
  void says_each_instance_and_the_next_command_and_takes_all_away() throws Exception {
    start(LocalYaml.cluster("alice"));
    hear("Lane 0: ovb[0-9a-f]{8}-0, UDP 11940, metrics at http://127.0.0.1:.*");
    hear("Lane 1: ovb[0-9a-f]{8}-1, UDP 11941, metrics at http://127.0.0.1:.*");
    hear(
        "Ready: office with 2 instances and 1 client\\. Connect with: sudo openvpn --config "
            + Pattern.quote(state().resolve("profiles/alice.ovpn").toString()));
    stop();
    hear("\\[lane 0\\] retired");
    hear("\\[lane 1\\] retired");
    assertThat(state().resolve("control.sock")).doesNotExist();
  }

  @Test
  void dead_process_is_started_again() throws Exception {
    start(LocalYaml.cluster("alice"));
    Matcher first = hear("\\[lane 1\\] pid ([0-9]+)");
    hear("Ready:.*");
    ProcessHandle.of(Long.parseLong(first.group(1))).orElseThrow().destroyForcibly();
    hear("Lane 1 died \\(signal 9\\); starting it again\\.");
    assertThat(hear("\\[lane 1\\] pid ([0-9]+)").group(1)).isNotEqualTo(first.group(1));
    hear("Lane 1: .*");
  }

  @Test
  void stopped_instance_stays_stopped_until_it_is_started() throws Exception {
    start(LocalYaml.cluster("alice"));
    hear("Ready:.*");
    assertThat(ask("stop 1")).isEqualTo("ok: lane 1 is stopped");
    hear("\\[lane 1\\] retired");
    assertThat(ask("stop 1")).isEqualTo("ok: lane 1 was stopped already");
    assertThat(ask("stop 7")).isEqualTo("error: there is no lane 7; there are [0, 1]");
    assertThat(ask("start 1")).isEqualTo("ok: lane 1 is starting");
    hear("Lane 1: .*");
    assertThat(ask("nonsense")).isEqualTo("error: unknown request");
  }

  @Test
  void follows_the_file_and_ignores_a_bad_one() throws Exception {
    start(LocalYaml.cluster("alice"));
    hear("Ready:.*");
    replace(LocalYaml.cluster("alice", "bob"));
    hear("Client bob is new: 10\\.88\\.0\\.3, fd00:88::3, profile .*bob\\.ovpn");
    assertThat(state().resolve("profiles/bob.ovpn")).exists();
    replace("");
    hear("ovenbird: .*cluster\\.yaml: is empty; .*");
    hear("Nothing was changed\\.");
    assertThat(state().resolve("profiles/bob.ovpn")).exists();
    replace(LocalYaml.cluster("alice", "bob") + "  suspend: true\n");
    hear("Client bob is suspended\\.");
    assertThat(Files.readString(state().resolve("roster.json"))).contains("\"suspended\" : true");
    replace(LocalYaml.cluster("alice"));
    hear("Client bob is removed, and its profile with it\\.");
    assertThat(state().resolve("profiles/bob.ovpn")).doesNotExist();
  }

  @Test
  void lanes_come_and_go_with_the_file() throws Exception {
    start(LocalYaml.cluster("alice"));
    hear("Ready:.*");
    replace(LocalYaml.cluster("alice").replace("perNode: 2", "perNode: 3"));
    hear("Lane 2 is new\\.");
    hear("Lane 2: .*");
    replace(LocalYaml.cluster("alice").replace("perNode: 2", "perNode: 1"));
    hear("\\[lane 2\\] retired");
    hear("Lane 2 is gone\\.");
    assertThat(state().resolve("instances/1")).doesNotExist();
  }

  @Test
  void instance_that_cannot_start_takes_all_down() throws Exception {
    start(LocalYaml.cluster("alice").replace("11940", "6665"));
    hear("\\[lane 1\\] UDP port 6666 is in use; stop what listens there");
    hear("failed: lane 1 could not start; see its line above");
    assertThat(Objects.requireNonNull(running).thread().join(java.time.Duration.ofSeconds(30)))
        .isTrue();
    assertThat(state().resolve("instances/0/control.sock")).doesNotExist();
  }

  private void start(String yaml) throws Exception {
    Path file = Files.writeString(dir.resolve("cluster.yaml"), yaml);
    StateFolder folder = StateFolder.open(state());
    Node node =
        new Node("local", List.of(), List.of(Objects.requireNonNull(IpAddress.parse("127.0.0.1"))));
    ClusterFiles files =
        new ClusterFiles(folder, List.of(node), new SecureRandom(), Clock.systemUTC());
    LocalCluster cluster =
        new LocalCluster(file, folder, files, files.apply(file.toString(), yaml), FAKE, said::add);
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    cluster.run(yaml);
                  } catch (LocalException e) {
                    said.add("failed: " + e.getMessage());
                  }
                });
    running = new Running(cluster, folder, thread);
  }

  /** Short, as sockets' paths are. */
  private Path state() {
    return dir.resolve("s");
  }

  private void replace(String yaml) throws Exception {
    Path next = Files.writeString(dir.resolve("next"), yaml);
    Files.move(next, dir.resolve("cluster.yaml"), StandardCopyOption.ATOMIC_MOVE);
  }

  private String ask(String request) throws Exception {
    return UnixSocketClient.ask(StateFolder.controlSocket(state()), request);
  }

  /** Waits for a line; lines that came before it, too, may be waited for later. */
  private Matcher hear(String pattern) throws InterruptedException {
    Pattern wanted = Pattern.compile(pattern);
    for (int i = 0; ; i++) {
      if (i == heard.size()) {
        String line = said.poll(60, TimeUnit.SECONDS);
        assertThat(line).as("line %s after %s", pattern, heard).isNotNull();
        heard.add(Objects.requireNonNull(line));
      }
      Matcher matcher = wanted.matcher(heard.get(i));
      if (matcher.matches()) {
        heard.remove(i);
        return matcher;
      }
    }
  }
}

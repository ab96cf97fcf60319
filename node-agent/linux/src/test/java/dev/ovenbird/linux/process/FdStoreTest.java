package dev.ovenbird.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.linux.call.LinuxException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With the real supervisor; another JVM plays each agent ({@link StoreAgent}). */
@Timeout(60)
class FdStoreTest {
  private static final Path SUPERVISOR =
      Path.of("../supervisor/target/supervisor").toAbsolutePath().normalize();

  @TempDir Path folder;
  private final List<String> seen = new ArrayList<>();
  private @Nullable Process started;
  private BufferedReader output = new BufferedReader(Reader.nullReader());

  @AfterEach
  void end() {
    Process supervisor = started;
    if (supervisor != null) {
      supervisor.descendants().forEach(ProcessHandle::destroyForcibly);
      supervisor.destroyForcibly();
    }
  }

  private void start(String... lives) throws IOException {
    start(List.of("--"), lives);
  }

  private void start(List<String> options, String... lives) throws IOException {
    assertThat(SUPERVISOR)
        .as("made by node-agent/supervisor/build, which needs gcc and libc6-dev")
        .isExecutable();
    List<String> command = new ArrayList<>(List.of(SUPERVISOR.toString()));
    command.addAll(options);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx32m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            StoreAgent.class.getName(),
            folder.toString()));
    command.addAll(List.of(lives));
    Process made = new ProcessBuilder(command).redirectErrorStream(true).start();
    started = made;
    output = made.inputReader();
  }

  /** The rest of the first line from here on that has the text. */
  private String after(String part) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      seen.add(line);
      int at = line.indexOf(part);
      if (at >= 0) {
        return line.substring(at + part.length());
      }
    }
    throw new AssertionError("no line with '" + part + "' in " + seen);
  }

  private Process supervisor() {
    return Objects.requireNonNull(started);
  }

  private int status() throws InterruptedException {
    assertThat(supervisor().waitFor(20, TimeUnit.SECONDS)).as(seen.toString()).isTrue();
    return supervisor().exitValue();
  }

  @Test
  void socket_of_a_killed_agent_stays_open_and_goes_to_the_next_with_what_came_meanwhile()
      throws Exception {
    start("bind:udp kill", "bind:other take:udp remove:udp kill", "take:other take:udp exit:0");
    int port = Integer.parseInt(after("udp is port "));
    after("status 137");
    try (DatagramSocket sender = new DatagramSocket()) {
      sender.connect(InetAddress.getLoopbackAddress(), port);
      for (int i = 0; i < 5; i++) {
        sender.send(new DatagramPacket(new byte[10], 10));
      }
    } catch (PortUnreachableException e) {
      throw new AssertionError("the port was closed", e);
    }
    assertThat(after("inherits ")).startsWith("udp=");
    int other = Integer.parseInt(after("other is port "));
    assertThat(Integer.parseInt(after("udp is port "))).isEqualTo(port);
    assertThat(after("inherits ")).startsWith("other=").doesNotContain("udp=");
    assertThat(Integer.parseInt(after("other is port "))).isEqualTo(other);
    assertThat(after("udp is port ")).isEqualTo("-1");
    after("ended by request");
    assertThat(status()).isZero();
  }

  @Test
  void what_nobody_takes_is_closed_and_kept_no_longer() throws Exception {
    start("bind:a bind:b kill", "take:a closeRest kill", "exit:0");
    assertThat(after("inherits ")).isEmpty();
    assertThat(after("inherits ")).contains("a=", ",b=");
    assertThat(after("inherits ")).startsWith("a=").doesNotContain("b=");
    assertThat(status()).isZero();
  }

  @Test
  void no_more_than_64_descriptors_are_kept_and_a_name_has_one() throws Exception {
    start("fill:70 bind:late kill", "bind:fill-3 kill", "exit:0");
    after("status 137");
    String all =
        IntStream.range(0, 64).mapToObj(i -> "fill-" + i + "=").collect(Collectors.joining(","));
    assertThat(after("inherits ").replaceAll("=\\d+", "=")).isEqualTo(all);
    assertThat(after("inherits ").replaceAll("=\\d+", "=")).isEqualTo(all);
    assertThat(status()).isZero();
  }

  @Test
  void garbage_changes_nothing_and_a_closed_socket_costs_nothing() throws Exception {
    start("bind:udp garbage:5000 kill", "closeSocket wait", "take:udp exit:0");
    after("status 137");
    assertThat(after("inherits ")).matches("udp=\\d+");
    after("waits");
    ProcessHandle.Info info = supervisor().toHandle().info();
    assertThat(info.totalCpuDuration().orElseThrow().toMillis()).isLessThan(1000);
    supervisor().children().forEach(ProcessHandle::destroyForcibly);
    after("udp is port ");
    assertThat(status()).isZero();
  }

  @Test
  void descriptor_with_an_empty_message_is_closed() throws Exception {
    // More than the queue holds: most have been received when the last is sent.
    start("empty:1000 wait");
    after("waits");
    try (Stream<Path> open = Files.list(Path.of("/proc/" + supervisor().pid() + "/fd"))) {
      assertThat(open.count()).isLessThan(100);
    }
  }

  @Test
  void spare_agent_takes_over_what_a_killed_one_leaves() throws Exception {
    start(
        List.of("--spare", "--"), "bind:a remove:a bind:udp bind:b wait", "take:udp take:b exit:0");
    int port = Integer.parseInt(after("udp is port "));
    int other = Integer.parseInt(after("b is port "));
    after("waits");
    long spare = Long.parseLong(after("spare "));
    Path weight = Path.of("/proc", Long.toString(spare), "oom_score_adj");
    assertThat(Files.readString(weight).strip()).isEqualTo("1000");
    assertThat(socketsOf(spare)).as("its own end of the store's socket alone").isEqualTo(1);
    agentBeside(spare).destroyForcibly();
    assertThat(Long.parseLong(after("turn of "))).isEqualTo(spare);
    assertThat(Integer.parseInt(after("udp is port "))).isEqualTo(port);
    assertThat(Integer.parseInt(after("b is port "))).isEqualTo(other);
    after("ended by request");
    assertThat(status()).isZero();
  }

  @Test
  void agent_is_started_as_ever_where_the_spare_is_dead_too() throws Exception {
    start(List.of("--spare", "--"), "bind:udp wait", "take:udp kill", "take:udp wait");
    int port = Integer.parseInt(after("udp is port "));
    long spare = Long.parseLong(after("spare "));
    ProcessHandle agent = agentBeside(spare);
    ProcessHandle.of(spare).orElseThrow().destroyForcibly();
    after("the spare agent died with status 137");
    agent.destroyForcibly();
    // The second dies before there is another spare: what it held is handed on all the same.
    assertThat(Integer.parseInt(after("udp is port "))).isEqualTo(port);
    assertThat(Integer.parseInt(after("udp is port "))).isEqualTo(port);
    long next = Long.parseLong(after("spare "));
    supervisor().toHandle().destroy();
    after("ended with status 143 after SIGTERM");
    assertThat(status()).isEqualTo(143);
    ProcessHandle.of(next).ifPresent(left -> left.onExit().join());
  }

  private ProcessHandle agentBeside(long spare) {
    return supervisor().children().filter(child -> child.pid() != spare).findFirst().orElseThrow();
  }

  private static long socketsOf(long pid) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      List<Path> targets = new ArrayList<>();
      for (Path each : open.toList()) {
        targets.add(Files.readSymbolicLink(each));
      }
      return targets.stream().filter(target -> target.toString().startsWith("socket:")).count();
    }
  }

  @Test
  void agent_does_not_outlive_its_supervisor() throws Exception {
    start("bind:udp wait");
    after("waits");
    ProcessHandle agent = supervisor().children().findFirst().orElseThrow();
    supervisor().destroyForcibly();
    agent.onExit().get(10, TimeUnit.SECONDS);
  }

  @Test
  void without_a_supervisor_nothing_is_inherited_or_kept() {
    FdStore none = FdStore.of(Map.of());
    assertThat(none.isKept()).isFalse();
    assertThat(none.take("udp")).isNull();
    assertThat(none.deposit("udp", 0)).isFalse();
    assertThatThrownBy(() -> none.deposit("a,b", 0)).hasMessageContaining("a,b");
    assertThatThrownBy(() -> FdStore.of(Map.of("OVENBIRD_FD_STORE", "9999")))
        .isInstanceOf(LinuxException.class);
  }
}

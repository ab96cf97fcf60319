package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.NetworkState;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What cannot work is refused with a line that helps, and leaves nothing behind. */
class BadInputTest {
  private static final Duration LIMIT = Duration.ofSeconds(40);

  private static Scope scope;
  private static Lab lab;
  private static NetworkState before;

  private Scope own;
  private Path dir;

  @BeforeAll
  static void open() {
    scope = new Scope();
    lab = Lab.create(scope, 0);
    before = NetworkState.of(lab.server());
  }

  @AfterAll
  static void close() {
    scope.close();
  }

  @BeforeEach
  void folder() {
    own = new Scope();
    dir = TempFolder.create(own, "ovenbird-e2e");
  }

  @AfterEach
  void nothingIsLeft() {
    try {
      assertThat(NetworkState.of(lab.server())).isEqualTo(before);
      assertThat(Command.run("ip", "netns", "pids", lab.server().name())).isBlank();
    } finally {
      own.close();
    }
  }

  private static ClusterSpec good() {
    return new ClusterSpec().client("alice").client("bob");
  }

  @Test
  void malformed_yaml() {
    assertRefused(good().yaml().replace("fd00:88::/64]", "fd00:88::/64"), "cluster.yaml");
  }

  @Test
  void unknown_field() {
    assertRefused(good().set("lanse", "2").yaml(), "cluster.yaml", "lanse");
  }

  @Test
  void field_of_a_wrong_type() {
    assertRefused(good().set("instances", "{perNode: two}").yaml(), "cluster.yaml", "perNode");
  }

  @Test
  void empty_file() {
    assertRefused("", "cluster.yaml");
  }

  @Test
  void file_that_is_not_there() {
    Command.Result result = up(List.of(), dir.resolve("absent.yaml"));
    assertClearLine(result, "absent.yaml");
  }

  @Test
  void two_clients_with_one_address() {
    assertRefused(
        good()
            .client("alice", ", addresses: [10.88.0.10]")
            .client("bob", ", addresses: [10.88.0.10]")
            .yaml(),
        "cluster.yaml:20",
        "spec.addresses",
        "10.88.0.10",
        "alice");
  }

  @Test
  void address_outside_of_the_network() {
    assertRefused(
        good().client("alice", ", addresses: [10.99.0.10]").yaml(),
        "cluster.yaml:15",
        "spec.addresses",
        "10.99.0.10");
  }

  @Test
  void udp_port_in_use() throws IOException {
    try (DatagramSocket other =
        lab.server().call(() -> new DatagramSocket(ClusterSpec.UDP_PORT + 1))) {
      assertThat(other.isBound()).isTrue();
      assertRefused(good().yaml(), Integer.toString(ClusterSpec.UDP_PORT + 1), "in use");
    }
  }

  @Test
  void tcp_port_in_use() throws IOException {
    try (ServerSocket other = lab.server().call(() -> new ServerSocket(ClusterSpec.TCP_PORT))) {
      assertThat(other.isBound()).isTrue();
      assertRefused(good().yaml(), Integer.toString(ClusterSpec.TCP_PORT), "in use");
    }
  }

  @Test
  void no_tun_device() {
    assertRefusedWithin(
        List.of("unshare", "-m", "sh", "-c", "mount -t tmpfs none /dev/net && exec \"$@\"", "sh"),
        "/dev/net/tun");
  }

  @Test
  void missing_capability() {
    assertRefusedWithin(
        List.of("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"), "NET_ADMIN");
  }

  @Test
  void state_folder_that_is_a_file() throws IOException {
    Files.writeString(dir.resolve("state"), "not a folder");
    assertRefused(good().yaml(), dir.resolve("state").toString());
  }

  @Test
  void state_folder_that_cannot_be_written() {
    assertRefusedWithin(
        List.of("unshare", "-m", "sh", "-c", mount("ro") + " && exec \"$@\"", "sh"),
        dir.resolve("state").toString());
  }

  @Test
  void full_disk() {
    assertRefusedWithin(
        List.of("unshare", "-m", "sh", "-c", mount("size=8k") + " && exec \"$@\"", "sh"),
        dir.resolve("state").toString(),
        "space");
  }

  @Test
  void start_after_a_full_disk_works() {
    String twice =
        mount("size=8k")
            + " && ! \"$@\" && mount -o remount,size=64m "
            + dir.resolve("state")
            + " && exec \"$@\"";
    writeFile(good().yaml());
    List<String> command =
        command(List.of("unshare", "-m", "sh", "-c", twice, "sh"), dir.resolve("cluster.yaml"));
    try (LoggedProcess up =
        lab.server().start("ovenbird up", Map.of(), command.toArray(String[]::new))) {
      up.await("Ready:", LocalCluster.READY);
      up.signal("INT");
      assertThat(up.awaitExit(LIMIT)).isZero();
    }
  }

  private String mount(String options) {
    Path state = dir.resolve("state");
    return "mkdir -p " + state + " && mount -t tmpfs -o " + options + " none " + state;
  }

  private void assertRefused(String yaml, String... parts) {
    writeFile(yaml);
    assertClearLine(up(List.of(), dir.resolve("cluster.yaml")), parts);
  }

  private void assertRefusedWithin(List<String> wrapper, String... parts) {
    writeFile(good().yaml());
    assertClearLine(up(wrapper, dir.resolve("cluster.yaml")), parts);
  }

  private void writeFile(String yaml) {
    try {
      Files.writeString(dir.resolve("cluster.yaml"), yaml);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Command.Result up(List<String> wrapper, Path file) {
    return lab.server().attempt(LIMIT, command(wrapper, file).toArray(String[]::new));
  }

  private List<String> command(List<String> wrapper, Path file) {
    List<String> command = new ArrayList<>(List.of("env"));
    Installation.environment().forEach((name, value) -> command.add(name + "=" + value));
    command.addAll(wrapper);
    command.addAll(
        Installation.command(
            "up", "-f", file.toString(), "--dir", dir.resolve("state").toString()));
    return command;
  }

  private static void assertClearLine(Command.Result result, String... parts) {
    assertThat(result.status()).as(result.output()).isNotZero();
    assertThat(result.output()).doesNotContain("\tat ", "Exception", "Ready:");
    assertThat(result.output().lines())
        .as(result.output())
        .filteredOn(line -> line.contains("ovenbird:") || line.contains("ovenbird agent"))
        .hasSizeBetween(1, 2)
        .anySatisfy(line -> assertThat(line).contains(parts));
  }
}

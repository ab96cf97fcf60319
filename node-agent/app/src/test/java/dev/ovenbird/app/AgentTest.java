package dev.ovenbird.app;

import static dev.ovenbird.app.TestInstance.ALICE;
import static dev.ovenbird.app.TestInstance.BOB;
import static dev.ovenbird.app.TestInstance.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.Roster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process as a supervisor sees it: ready, status, log lines, exit status, nothing left. */
class AgentTest {
  private static final String NAMESPACE = "ovbapp" + ProcessHandle.current().pid();

  @TempDir Path folder;

  private Path config = Path.of("");
  private Path socket = Path.of("");
  private String networkBefore = "";

  @BeforeEach
  void prepare() throws Exception {
    run("ip", "netns", "add", NAMESPACE);
    run("ip", "-n", NAMESPACE, "link", "set", "lo", "up");
    networkBefore = network();
    TestCredentials.write(folder);
    config = folder.resolve("config.json");
    socket = folder.resolve("control.sock");
    TestInstance.write(config, TestInstance.config(folder));
    roster(1, entry(ALICE, "alice", "a1", false, null));
  }

  @AfterEach
  void remove() throws Exception {
    run("ip", "netns", "delete", NAMESPACE);
  }

  private void roster(long generation, Roster.Entry... entries) throws IOException {
    TestInstance.write(
        folder.resolve("roster.json"),
        new Roster(
            TestInstance.CLUSTER, generation, System.currentTimeMillis() / 1000, List.of(entries)));
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", String.join(" ", command), output).isZero();
    return output;
  }

  private static String network() throws Exception {
    return run("ip", "-n", NAMESPACE, "-br", "address")
        + run("ip", "-n", NAMESPACE, "route", "show", "table", "all")
        + run("ip", "-n", NAMESPACE, "-6", "route", "show", "table", "all")
        + run("ip", "netns", "exec", NAMESPACE, "nft", "list", "ruleset");
  }

  private void assertNothingLeft() throws Exception {
    assertThat(network()).isEqualTo(networkBefore);
    assertThat(socket).doesNotExist();
  }

  @Test
  void it_serves_follows_its_files_and_retires_without_a_trace() throws Exception {
    try (AgentProcess agent = AgentProcess.start(NAMESPACE, config)) {
      assertThat(agent.line("Ready")).contains("lane=0", "listeners=UDP/1194,TCP/1194");
      assertThat(Probe.run(new String[] {socket.toString()}, System.out, System.err)).isZero();
      assertThat(new ObjectMapper().readTree(Probe.ask(socket, "status")).get("tun").asText())
          .isEqualTo("ovb0b8f0c1e-0");
      assertThat(network()).contains("ovb0b8f0c1e-0");
      assertThat(Files.readString(Path.of("/proc", agent.pid(), "limits")))
          .containsPattern("Max core file size +0 +0 ");

      roster(2, entry(BOB, "bob", "b1", false, null));
      assertThat(agent.line("Roster applied")).contains("generation=2", "clients=1");
      TestInstance.replace(folder.resolve("roster.json"), "{\"clients\":");
      assertThat(agent.line("Roster refused")).contains("roster.json");
      TestCredentials.write(folder);
      agent.line("Configuration applied");
      TestInstance.replace(config, "{}");
      assertThat(agent.line("Configuration refused")).contains("config.json");
      assertThat(Probe.ask(socket, "status")).contains("\"ready\":true");

      assertThat(Probe.ask(socket, "retire")).isEqualTo("ok");
      assertThat(agent.status()).isEqualTo(ExitStatus.OK);
      assertThat(agent.errors()).isEmpty();
    }
    assertNothingLeft();
  }

  @Test
  void a_signal_ends_it_with_status_0_and_a_change_of_listeners_with_its_own() throws Exception {
    try (AgentProcess agent = AgentProcess.start(NAMESPACE, config)) {
      agent.line("Ready");
      agent.terminate();
      assertThat(agent.status()).isEqualTo(ExitStatus.OK);
    }
    assertNothingLeft();
    try (AgentProcess agent = AgentProcess.start(NAMESPACE, config)) {
      agent.line("Ready");
      TestInstance.replace(config, Files.readString(config).replace("1194", "1195"));
      assertThat(agent.line("takes a new process")).contains("fields=listeners");
      assertThat(agent.status()).isEqualTo(ExitStatus.RESTART);
    }
    assertNothingLeft();
  }

  @Test
  void a_second_agent_is_refused_and_the_first_goes_on() throws Exception {
    try (AgentProcess agent = AgentProcess.start(NAMESPACE, config)) {
      agent.line("Ready");
      try (AgentProcess same = AgentProcess.start(NAMESPACE, config)) {
        assertThat(same.errors())
            .hasLineCount(1)
            .startsWith("ovenbird agent lane 0: control socket " + socket + ": another agent");
        assertThat(same.status()).isEqualTo(ExitStatus.ENVIRONMENT);
      }
      Path other = folder.resolve("other.json");
      String text = Files.readString(config);
      TestInstance.replace(
          other, text.replace("control.sock", "other.sock").replace("ovb0b8f0c1e-0", "ovbother-0"));
      try (AgentProcess samePort = AgentProcess.start(NAMESPACE, other)) {
        assertThat(samePort.errors()).hasLineCount(1).contains("1194");
        assertThat(samePort.status()).isEqualTo(ExitStatus.ENVIRONMENT);
      }
      assertThat(network()).contains("ovb0b8f0c1e-0").doesNotContain("ovbother");
      assertThat(Probe.ask(socket, "status")).contains("\"ready\":true");
      assertThat(Probe.ask(socket, "stop")).isEqualTo("ok");
      assertThat(agent.status()).isEqualTo(ExitStatus.OK);
    }
    assertNothingLeft();
  }

  @Test
  void a_start_that_cannot_be_is_one_line_with_its_remedy() throws Exception {
    try (AgentProcess agent =
        AgentProcess.start(NAMESPACE, config, "setpriv", "--bounding-set", "-net_admin")) {
      assertThat(agent.errors()).hasLineCount(1).contains("NET_ADMIN");
      assertThat(agent.status()).isEqualTo(ExitStatus.ENVIRONMENT);
    }
    try (AgentProcess agent =
        AgentProcess.start(
            NAMESPACE,
            config,
            "unshare",
            "-m",
            "sh",
            "-c",
            "mount -t tmpfs none /dev/net && exec \"$@\"",
            "sh")) {
      assertThat(agent.errors()).hasLineCount(1).contains("/dev/net/tun");
      assertThat(agent.status()).isEqualTo(ExitStatus.ENVIRONMENT);
    }
    InstanceConfig good = TestInstance.config(folder);
    Files.delete(Path.of(good.files().privateKey()));
    try (AgentProcess agent = AgentProcess.start(NAMESPACE, config)) {
      assertThat(agent.errors())
          .isEqualTo(
              "ovenbird agent lane 0: "
                  + good.files().privateKey()
                  + ": no such file; check the path\n");
      assertThat(agent.status()).isEqualTo(ExitStatus.CONFIG);
    }
    assertNothingLeft();
  }
}

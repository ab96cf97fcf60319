package dev.ovenbird.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.log.LogFormat;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentCommandLineTest {
  @TempDir Path folder;

  @Test
  void a_probe_of_no_agent_says_so_with_status_1() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(err, true, StandardCharsets.UTF_8);
    Path absent = folder.resolve("absent.sock");
    assertThat(Probe.run(new String[] {absent.toString()}, print, print)).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).hasLineCount(1).contains("absent.sock");
    assertThat(Probe.run(new String[0], print, print)).isEqualTo(ExitStatus.CONFIG);
  }

  @Test
  void a_wrong_option_has_the_status_of_a_wrong_configuration() {
    assertThat(Agent.run(new Agent(), "--colour", "red")).isEqualTo(ExitStatus.CONFIG);
    assertThat(Agent.run(new Agent(), "--version")).isZero();
  }

  @Test
  void options_are_read_with_their_values_in_either_way() throws ConfigException {
    AgentArguments given =
        AgentArguments.parse("--log-format", "JSON", "--config=/a=b", "--log-level=debug");
    assertThat(given)
        .isEqualTo(
            new AgentArguments(
                AgentArguments.Source.CONFIG, Path.of("/a=b"), false, LogFormat.json, "debug"));
    assertThat(AgentArguments.parse("--cluster"))
        .isEqualTo(
            new AgentArguments(
                AgentArguments.Source.CLUSTER, Path.of(""), false, LogFormat.human, "info"));
    assertThat(AgentArguments.parse("--rehearse", "f", "--from-files").fromFiles()).isTrue();
  }

  @Test
  void a_wrong_command_line_is_refused_in_words() {
    refused("needs --config FILE or --cluster");
    refused("--config takes a value", "--config");
    refused("--cluster takes no value", "--cluster=yes");
    refused("is enough", "--cluster", "--config", "x");
    refused("human or json, not 'xml'", "--cluster", "--log-format", "xml");
    refused("unknown option 'x'", "--cluster", "x");
  }

  private static void refused(String why, String... words) {
    assertThatThrownBy(() -> AgentArguments.parse(words))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(why)
        .hasMessageEndingWith("; see --help");
  }

  @Test
  void a_missing_configuration_is_refused() {
    assertThat(Agent.run(new Agent(), "--config", folder.resolve("absent").toString()))
        .isEqualTo(ExitStatus.CONFIG);
  }

  @Test
  void a_process_is_a_little_older_than_its_jvm() {
    long jvm = ManagementFactory.getRuntimeMXBean().getUptime();
    assertThat(ProcessAge.millis()).isBetween(jvm, jvm + 60_000);
  }
}

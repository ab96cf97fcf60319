package dev.ovenbird.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
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
  void a_missing_configuration_is_refused() {
    assertThat(Agent.run(new Agent(), "--config", folder.resolve("absent").toString()))
        .isEqualTo(ExitStatus.CONFIG);
  }
}

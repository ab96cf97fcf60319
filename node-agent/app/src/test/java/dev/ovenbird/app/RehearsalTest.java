package dev.ovenbird.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalTest {
  @Test
  void it_goes_from_the_api_to_a_connected_client_and_ends(@TempDir Path folder) throws Exception {
    try (AgentProcess agent = AgentProcess.rehearse(folder)) {
      assertThat(agent.line("Rehearsed")).contains("ifconfig 10.88.0.2 ");
      assertThat(agent.status()).isEqualTo(ExitStatus.OK);
    }
  }

  @Test
  void it_goes_from_files_to_a_connected_client_and_ends(@TempDir Path folder) throws Exception {
    try (AgentProcess agent = AgentProcess.rehearse(folder, "--from-files")) {
      assertThat(agent.line("Rehearsed")).contains("ifconfig 10.88.0.2 ");
      assertThat(agent.status()).isEqualTo(ExitStatus.OK);
    }
  }
}

package dev.ovenbird.app.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the probe of the agent's image makes of the file. */
class HeartbeatTest {
  private static final Path SCRIPT = Path.of("src/main/image/agent").toAbsolutePath();

  @TempDir Path folder;

  private int probe(String request) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("sh", SCRIPT.toString(), "probe", request);
    builder.environment().put("OVENBIRD_CONTROL_SOCKET", folder.resolve("control.sock").toString());
    Process process = builder.redirectErrorStream(true).redirectOutput(log().toFile()).start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private Path log() {
    return folder.resolve("log");
  }

  @Test
  void a_probe_follows_what_the_agent_says_of_itself() throws Exception {
    AtomicReference<String> status = new AtomicReference<>("{\"ready\":false}");
    try (Heartbeat heartbeat = Heartbeat.start(folder.resolve("health"), status::get)) {
      assertThat(heartbeat).isNotNull();
      Awaitility.await().until(() -> probe("live") == 0);
      assertThat(probe("status")).isEqualTo(1);
      assertThat(Files.readString(log())).contains("waiting");
      status.set("{\"ready\":true,\"sessions\":[]}");
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> probe("status") == 0);
    }
  }

  @Test
  void an_agent_that_says_nothing_is_dead() throws Exception {
    assertThat(probe("live")).isEqualTo(1);
    assertThat(Files.readString(log())).contains("nothing");
    Files.writeString(folder.resolve("health"), "ready 1\n");
    assertThat(probe("live")).isEqualTo(1);
    assertThat(probe("status")).isEqualTo(1);
    assertThat(Files.readString(log())).contains("for ");
    Files.writeString(folder.resolve("health"), "");
    assertThat(probe("live")).isEqualTo(1);
  }
}

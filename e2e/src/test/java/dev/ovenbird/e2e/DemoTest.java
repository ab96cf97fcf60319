package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code ./ovenbird demo}, as the launcher starts it. */
class DemoTest {
  @Test
  void demo_works_and_leaves_nothing() {
    try (LoggedProcess demo =
        LoggedProcess.start(
            "demo",
            Map.of(),
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dovenbird.home=" + Installation.home(),
                "-cp",
                Installation.home().resolve("e2e/target/lib") + "/*",
                "dev.ovenbird.e2e.demo.Demo"))) {
      int status = demo.awaitExit(Duration.ofMinutes(3));
      System.out.println(String.join("\n", demo.lines()));
      assertThat(status).isZero();
      assertThat(demo.lines())
          .contains("All of it worked.")
          .anyMatch(line -> line.contains("pings lost, 0 reconnects"))
          .noneMatch(line -> line.contains("FAILED"));
      assertThat(Command.run("ip", "netns", "list")).doesNotContain("ovbe2e" + demo.pid() + "-");
    }
  }
}

package dev.ovenbird.e2e.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.e2e.bench.OperatorBench;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The operator's benchmark at a small scale, with the limits that the scale does not change. */
class OperatorBenchTest {
  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void suspension_is_quick_and_at_rest_nothing_is_written(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("operator.json");
    int status =
        new CommandLine(new OperatorBench())
            .execute(
                "--parts=REST",
                "--rest-clients=100",
                "--settle=15s",
                "--rest=40s",
                "--suspensions=5",
                "--json=" + file);
    assertThat(status).isZero();
    JsonNode figures = new ObjectMapper().readTree(file.toFile()).path("figures");
    assertThat(value(figures, "suspension to roster shard")).isLessThan(1);
    assertThat(value(figures, "the operator's writes then")).isZero();
    assertThat(value(figures, "instance reports then")).isPositive();
  }

  private static double value(JsonNode figures, String name) {
    for (JsonNode figure : figures) {
      if (figure.path("name").asText().startsWith(name)) {
        return figure.path("value").asDouble();
      }
    }
    throw new AssertionError("no figure " + name + " in " + figures);
  }
}

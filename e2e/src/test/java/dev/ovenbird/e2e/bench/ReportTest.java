package dev.ovenbird.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.e2e.process.Cpu;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What benchmarks make of their figures. */
class ReportTest {
  private final Report report = new Report();
  private final Figures stock = report.contestant("openvpn 2.6");
  private final Figures ours = report.contestant("ovenbird");

  private String printed() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    report.print(new PrintStream(bytes, false, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private void fill() {
    for (double value : new double[] {9, 12, 10}) {
      stock.add("tcpUp1CpuPerGb", "TCP to server, 1 stream: server CPU", "s/GB", value);
    }
    ours.add("tcpUp1CpuPerGb", "TCP to server, 1 stream: server CPU", "s/GB", 2.5);
    ours.add("echoFewCpuPerMillion", "echoes", "s", 12345.6);
  }

  @Test
  void everybody_is_compared_with_the_first_by_medians() {
    fill();
    assertThat(printed())
        .contains("TCP to server, 1 stream: server CPU, s/GB\n")
        .containsPattern("openvpn 2\\.6 +10 \\(9 to 12\\) +1\\.00\n")
        .containsPattern("ovenbird +2\\.5 \\(2\\.5 to 2\\.5\\) +0\\.25\n");
  }

  @Test
  void figure_that_the_first_lacks_has_no_ratio() {
    fill();
    assertThat(printed()).containsPattern("ovenbird +12300 \\(12300 to 12300\\) +\n");
  }

  @Test
  void json_has_every_round_and_what_bounds_each_case(@TempDir Path dir) throws IOException {
    fill();
    ours.add("TCP", new Usage(2, new Cpu.Split(0.5, 1.4), 1, 0.96, 0.4));
    Path file = dir.resolve("deeper/report.json");
    report.write(file);
    JsonNode root = new ObjectMapper().readTree(file.toFile());
    JsonNode measure = root.path("measures").path("tcpUp1CpuPerGb");
    assertThat(measure.path("unit").asText()).isEqualTo("s/GB");
    assertThat(measure.at("/contestants/openvpn 2.6/rounds")).hasSize(3);
    assertThat(measure.at("/contestants/ovenbird/ratioToFirst").asDouble())
        .isCloseTo(0.25, within(1e-9));
    assertThat(root.at("/bounds/TCP/ovenbird").asText())
        .startsWith("the server's processor is full")
        .contains("0.95 cores, 74 % of it in the kernel");
  }

  @Test
  void machine_that_others_hold_gives_no_verdict() {
    Occupation occupation = new Occupation();
    occupation.add(new Usage(2, new Cpu.Split(0.1, 0.1), 1, 1, 1));
    assertThat(occupation.verdict()).startsWith("no verdict: ");
  }

  @Test
  void plot_has_a_bar_for_each_contestant() {
    fill();
    assertThat(Plot.ofCpu(report.contestants()).svg())
        .startsWith("<svg ")
        .contains(">TCP to server, 1 stream: server CPU, CPU s/GB<", ">openvpn 2.6<", ">ovenbird<")
        .doesNotContain("echoes");
  }
}

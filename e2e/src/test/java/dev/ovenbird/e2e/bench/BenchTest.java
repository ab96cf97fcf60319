package dev.ovenbird.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Every benchmark once at its smallest: that it runs, not how fast anything is. */
class BenchTest {
  @TempDir Path dir;

  private JsonNode run(CommandLine bench, String... options) throws IOException {
    Path file = dir.resolve("report.json");
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(List.of("--rounds=1", "--json=" + file));
    assertThat(bench.execute(arguments.toArray(String[]::new))).isZero();
    return new ObjectMapper().readTree(file.toFile()).path("measures");
  }

  private static double median(JsonNode measures, String key, String contestant) {
    JsonNode median = measures.path(key).path("contestants").path(contestant).path("median");
    assertThat(median.isNumber()).as("%s of %s", key, contestant).isTrue();
    return median.asDouble();
  }

  @Test
  void tunnel_measures_both_clients_beside_stock_openvpn() throws IOException {
    JsonNode measures =
        run(
            TunnelBench.command(),
            "--contestants=openvpn-2.6,ovenbird-own",
            "--cases=tcp-both-4,udp-down,ping-idle",
            "--buffers=tuned",
            "--packet-rate=5000",
            "--seconds=1",
            "--warmup=0",
            "--plot=" + dir.resolve("plot.svg"));
    for (String contestant : List.of("openvpn 2.6", "ovenbird, own client")) {
      assertThat(median(measures, "tcpBoth4CpuPerGbTuned", contestant)).isPositive();
      assertThat(median(measures, "udpDownArrivedTuned", contestant)).isGreaterThan(50);
      assertThat(median(measures, "pingIdleP999Tuned", contestant)).isPositive();
    }
    assertThat(dir.resolve("plot.svg")).isNotEmptyFile();
  }

  @Test
  void storm_and_handshake_measure_full_handshakes() throws IOException {
    JsonNode storm =
        run(
            StormBench.command(),
            "--contestants=ovenbird",
            "--keys=ecdsa",
            "--seconds=1",
            "--parallel=2");
    assertThat(median(storm, "stormHandshakesEcdsa", "ovenbird")).isPositive();
    assertThat(median(storm, "stormEcdsaP99", "ovenbird")).isPositive();
    JsonNode handshakes =
        run(
            HandshakeBench.command(),
            "--contestants=openvpn-2.6",
            "--keys=ecdsa",
            "--warmup=0",
            "--handshakes=5",
            "--flood=0");
    assertThat(median(handshakes, "wallMillisEcdsaHybrid", "openvpn 2.6")).isPositive();
  }

  @Test
  void clients_stay_connected() throws IOException {
    JsonNode measures =
        run(
            ClientsBench.command(),
            "--contestants=ovenbird",
            "--clients=20",
            "--keepalive=1",
            "--seconds=2");
    assertThat(median(measures, "stillConnected", "ovenbird")).isEqualTo(20);
    assertThat(median(measures, "echoAllAnswered", "ovenbird")).isPositive();
  }
}

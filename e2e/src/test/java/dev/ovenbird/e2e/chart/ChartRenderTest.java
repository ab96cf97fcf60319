package dev.ovenbird.e2e.chart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.kubernetes.Programs;
import dev.ovenbird.e2e.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Run with -Dovenbird.update=true to write the golden renders anew. */
class ChartRenderTest {
  private static final Path CHART = Installation.home().resolve("helm/ovenbird");
  private static final Path GOLDEN =
      Installation.home().resolve("e2e/src/test/resources/dev/ovenbird/e2e/chart");
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private static Command.Result helm(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Programs.ofNodes().resolve("helm").toString());
    command.addAll(List.of(arguments));
    return Command.attempt(LIMIT, command);
  }

  private static Command.Result template(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "template",
                "ovenbird",
                CHART.toString(),
                "--namespace=ovenbird-system",
                "--kube-version=1.32.0"));
    arguments.addAll(List.of(more));
    return helm(arguments.toArray(String[]::new));
  }

  @Test
  void helm_lint_finds_nothing() {
    Command.Result result = helm("lint", "--strict", CHART.toString(), "--kube-version=1.32.0");
    assertThat(result.status()).as(result.output()).isZero();
    assertThat(result.output()).doesNotContain("[WARNING]", "[ERROR]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"defaults", "everything-else"})
  void it_renders_as_committed(String name) throws IOException {
    Command.Result result = template("--values=" + GOLDEN.resolve(name + ".values.yaml"));
    assertThat(result.status()).as(result.output()).isZero();
    Path golden = GOLDEN.resolve(name + ".yaml");
    // The CRDs have a golden file of their own: what they are made from.
    String rendered =
        List.of(result.output().split("(?m)^---\n")).stream()
            .filter(document -> !document.contains("kind: CustomResourceDefinition"))
            .reduce("", (all, document) -> document.isBlank() ? all : all + "---\n" + document);
    if (Boolean.getBoolean("ovenbird.update")) {
      Files.writeString(golden, rendered);
    }
    assertThat(rendered).isEqualTo(Files.readString(golden));
  }

  @ParameterizedTest
  @CsvSource({
    "operator.replicaz=3, replicaz",
    "operator.replicas=0, /operator/replicas",
    "operator.endpointSettle=soon, /operator/endpointSettle",
    "image.pullPolicy=Sometimes, /image/pullPolicy",
    "agents.namespace=Agents_1, /agents/namespace",
    "agents.image.digest=sha256:12, /agents/image/digest",
    "networkPolicy.apiServerPorts={70000}, /networkPolicy/apiServerPorts",
    "agents.namespace=ovenbird-system, must not be the release's namespace"
  })
  void a_wrong_value_is_named(String value, String named) {
    Command.Result result = template("--set=" + value);
    assertThat(result.status()).isNotZero();
    assertThat(result.output()).contains(named);
  }

  @Test
  void every_image_comes_from_the_mirror_that_is_named() {
    Command.Result result = template("--set=image.registry=mirror.example:5000/all");
    assertThat(result.output().lines().filter(line -> line.contains("ghcr.io"))).isEmpty();
    assertThat(result.output())
        .contains("mirror.example:5000/all/ovenbird/operator:", "/ovenbird/node-agent:");
  }
}

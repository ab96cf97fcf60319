package dev.ovenbird.e2e.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The operator's image, confined as Pod Security "restricted" asks. */
class OperatorImageTest {
  private static final int NONROOT = 65532;

  @Test
  void operator_runs_without_root_and_says_that_it_has_no_api_server() {
    try (Scope scope = new Scope()) {
      Image image = Image.unpack(scope, "operator");
      assertThat(image.config().get("User").asText()).isEqualTo(NONROOT + ":" + NONROOT);
      System.out.printf("operator: %.1f MB compressed (zstd)%n", image.compressedBytes() / 1e6);
      assertThat(image.find("-xdev", "-perm", "/6000")).isEmpty();
      assertThat(image.components()).contains("quarkus-operator-sdk", "bcprov-jdk18on", "openjdk");
      List<String> command = new ArrayList<>();
      image.config().get("Entrypoint").forEach(word -> command.add(word.asText()));
      Command.Result said =
          new Container(scope, image, NONROOT, List.of())
              .run(
                  Map.of(
                      "OVENBIRD_AGENT_IMAGE", "ghcr.io/ovenbird/node-agent:none",
                      "KUBERNETES_MASTER", "https://127.0.0.1:1"),
                  command.toArray(String[]::new));
      assertThat(said.status()).isNotZero();
      assertThat(said.output())
          .contains("no answer from the API server at https://127.0.0.1:1/")
          .doesNotContain("\tat ")
          .doesNotContain("Read-only file system");
      System.out.println(
          "operator without an API server: " + said.output().lines().toList().getLast());
    }
  }
}

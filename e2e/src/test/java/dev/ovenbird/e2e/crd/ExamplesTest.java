package dev.ovenbird.e2e.crd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.kubernetes.ControlPlane;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.operator.resolve.InvalidInputException;
import dev.ovenbird.operator.resolve.ResourceFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What people copy: it passes, or it is refused with the words that it announces. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExamplesTest {
  private static final String REFUSED = "# refused: ";

  private final ControlPlane plane = ControlPlane.shared();
  private final Scope scope = new Scope();
  private String namespace = "";

  @BeforeAll
  void installs_the_definitions() {
    plane.installDefinitions();
    namespace = plane.namespace(scope, "examples");
  }

  @AfterAll
  void clears_up() {
    scope.close();
  }

  static List<Path> examples() {
    return files("examples");
  }

  static List<Path> refused_examples() {
    return files("examples/refused");
  }

  @ParameterizedTest
  @MethodSource("examples")
  void example_passes(Path file) {
    Command.Result result = apply(file);
    assertThat(result.status()).as(result.output()).isZero();
    assertThat(result.output()).contains("(server dry run)").doesNotContain("Warning");
  }

  @ParameterizedTest
  @MethodSource("refused_examples")
  void refused_example_is_refused_with_its_message(Path file) throws IOException {
    Command.Result result = apply(file);
    assertThat(result.status()).as(result.output()).isNotZero();
    assertThat(result.output()).contains(announced(file));
  }

  @ParameterizedTest
  @MethodSource("refused_examples")
  void local_mode_refuses_it_too(Path file) throws IOException {
    String text = Files.readString(file);
    String whole =
        text.contains("kind: VpnCluster") ? text : RuleCase.base("VpnCluster") + "\n---\n" + text;
    assertThat(catchThrowable(() -> ResourceFile.parse("cluster.yaml", whole)))
        .isInstanceOf(InvalidInputException.class);
  }

  private Command.Result apply(Path file) {
    return plane.kubectl(
        "apply", "--dry-run=server", "--namespace=" + namespace, "-f", file.toString());
  }

  private static String announced(Path file) throws IOException {
    String first = Files.readAllLines(file).getFirst();
    assertThat(first).startsWith(REFUSED);
    return first.substring(REFUSED.length());
  }

  private static List<Path> files(String folder) {
    try (var files = Files.list(Installation.home().resolve(folder))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

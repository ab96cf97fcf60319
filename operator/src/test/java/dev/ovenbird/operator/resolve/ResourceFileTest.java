package dev.ovenbird.operator.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.operator.Golden;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ResourceFileTest {
  private static final Path FOLDER = Golden.folder("resolve");

  @TestFactory
  Stream<DynamicTest> each_input_gives_its_lines() {
    return inputs()
        .map(
            name ->
                DynamicTest.dynamicTest(
                    name,
                    () ->
                        Golden.compare(
                            FOLDER.resolve(name + ".txt"),
                            resolve(Golden.read(FOLDER.resolve(name + ".yaml"))))));
  }

  @Test
  void no_file_is_unused() {
    Set<String> expected = new TreeSet<>();
    inputs().forEach(name -> expected.addAll(List.of(name + ".yaml", name + ".txt")));
    assertThat(Golden.files(FOLDER).stream().map(file -> file.getFileName().toString()))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void every_bad_input_names_file_and_remedy() {
    List<String> lines = new ArrayList<>();
    inputs()
        .filter(name -> !name.equals("good"))
        .forEach(
            name ->
                resolve(Golden.read(FOLDER.resolve(name + ".yaml"))).lines().forEach(lines::add));
    assertThat(lines).isNotEmpty().allMatch(line -> line.matches("cluster.yaml(:[0-9]+)?: .*"));
  }

  private static Stream<String> inputs() {
    return Golden.files(FOLDER).stream()
        .map(file -> file.getFileName().toString())
        .filter(name -> name.endsWith(".yaml"))
        .map(name -> name.substring(0, name.length() - ".yaml".length()));
  }

  private static String resolve(String text) {
    try {
      ResolvedCluster cluster = ResourceFile.parse("cluster.yaml", text);
      StringBuilder out = new StringBuilder(cluster.name() + "\n");
      cluster
          .clients()
          .forEach(
              client ->
                  out.append(client.name())
                      .append(client.suspended() ? " suspended " : " ")
                      .append(client.notAfter())
                      .append(' ')
                      .append(client.chosenIpv4())
                      .append('\n'));
      return out.toString();
    } catch (InvalidInputException e) {
      return e.getMessage() + "\n";
    }
  }
}

package dev.ovenbird.crds.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Whether the examples show all that there is; that they pass is tested on the API server. */
class ExamplesTest {
  private static final Path EXAMPLES = Path.of("../examples").toAbsolutePath().normalize();
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  @Test
  void examples_together_use_every_field() throws IOException {
    Set<String> used = new TreeSet<>();
    for (Path file : files(EXAMPLES)) {
      try (MappingIterator<JsonNode> documents =
          YAML.readerFor(JsonNode.class).readValues(Files.readString(file))) {
        while (documents.hasNext()) {
          JsonNode document = documents.next();
          String kind = document.path("kind").asText().toLowerCase(Locale.ROOT);
          collect(kind + " spec", document.path("spec"), used);
        }
      }
    }
    Set<String> unused = new TreeSet<>();
    for (String kind : CommittedCrd.KINDS) {
      CommittedCrd.of(kind).fields("spec").forEach(field -> unused.add(kind + " " + field.path()));
    }
    unused.removeAll(used);
    assertThat(unused).as("fields that no example uses").isEmpty();
  }

  @Test
  void every_refused_example_names_the_message() throws IOException {
    assertThat(files(EXAMPLES.resolve("refused")))
        .isNotEmpty()
        .allSatisfy(
            file -> assertThat(Files.readString(file)).matches("(?s)# refused: [^\n]{8,}\n.*"));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  private static void collect(String path, JsonNode value, Set<String> used) {
    used.add(path);
    if (value.isArray()) {
      value.forEach(item -> collect(path + "[]", item, used));
    }
    value
        .properties()
        .forEach(property -> collect(path + "." + property.getKey(), property.getValue(), used));
  }
}

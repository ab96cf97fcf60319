package dev.ovenbird.crds.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Run with -Dovenbird.update=true to write docs/reference anew after a change of the CRDs. */
class ReferencePagesTest {
  private static final Path PAGES = Path.of("../docs/reference").toAbsolutePath().normalize();

  @SuppressWarnings("UnusedVariable") // Read by FieldSource.
  private static final List<String> KINDS = CommittedCrd.KINDS;

  @ParameterizedTest
  @FieldSource("KINDS")
  void page_is_what_the_crd_says(String kind) throws IOException {
    String page = ReferencePage.write(CommittedCrd.of(kind), introduction(kind));
    Path committed = PAGES.resolve(kind + ".md");
    if (Boolean.getBoolean("ovenbird.update")) {
      Files.createDirectories(PAGES);
      Files.writeString(committed, page);
    }
    assertThat(committed).hasContent(page);
  }

  @ParameterizedTest
  @FieldSource("KINDS")
  void every_field_says_what_it_is(String kind) {
    for (String part : List.of("spec", "status")) {
      assertThat(CommittedCrd.of(kind).fields(part))
          .filteredOn(field -> field.schema().getDescription() == null)
          .extracting(CommittedCrd.Field::path)
          .as("fields without a description")
          .isEmpty();
    }
  }

  private static String introduction(String kind) throws IOException {
    String name = "/reference/" + kind + ".md";
    try (InputStream stream = ReferencePagesTest.class.getResourceAsStream(name)) {
      return new String(
          Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}

package dev.ovenbird.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every input of the corpora once, then some thousand changes of each, the same for each seed. */
class CorpusTest {
  private static final Path CORPORA = Path.of("src/test/corpus");
  private static final long SEED = Long.getLong("fuzz.seed", 20_261_122);

  static List<String> names() {
    return Target.ALL.stream().map(Target::name).toList();
  }

  @ParameterizedTest
  @MethodSource("names")
  void every_input_that_was_kept_still_finds_nothing(String name) throws IOException {
    Target target = Target.named(name);
    try (Stream<Path> files = Files.list(CORPORA.resolve(name))) {
      List<Path> inputs = files.sorted().toList();
      assertThat(inputs).as("corpus of %s", name).isNotEmpty();
      for (Path input : inputs) {
        try {
          target.run().accept(Files.readAllBytes(input));
        } catch (RuntimeException | Error e) {
          throw new AssertionError("input " + input, e);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void changes_of_the_corpus_find_nothing(String name) throws IOException {
    List<byte[]> corpus = Mutations.corpus(CORPORA.resolve(name));
    boolean stateful = name.equals("server") || name.equals("client");
    new Mutations(corpus, SEED).run(Target.named(name), stateful ? 1500 : 5000);
  }
}

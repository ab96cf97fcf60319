package dev.ovenbird.e2e.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What style and CONTRIBUTING.md ask for and no compiler checks. */
class TidyTest {
  private static final int SPLIT_LINES = 300;
  private static final int MAX_LINES = 600;

  /** Written in halves, so that this file obeys its own rules. */
  private static final Pattern LEFT_FOR_LATER =
      Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");

  private static final Pattern SWITCHED_OFF =
      Pattern.compile("@Dis" + "abled\\b|\\bassume(True|False|That)\\(|Assump" + "tions\\.");
  private static final Pattern SLEEP =
      Pattern.compile("\\bThread\\.sl" + "eep\\(|TimeUnit\\.[A-Z]+\\.sl" + "eep\\(");
  private static final Pattern MISSING_NOUN =
      Pattern.compile(
          "\\b(?:class|interface|record|enum)\\s+(\\w*(?:Utils?|Helpers?|Manager|Impl|Commons?))\\b");
  private static final Pattern TEST_NAME =
      Pattern.compile("@(?:Test|ParameterizedTest|TestFactory)\\b[^{;]*?\\s(\\w+)\\(");
  private static final Pattern LINK =
      Pattern.compile("\\]\\(([^)\\s#]+)(?:#[^)\\s]*)?\\)|(?:src|srcset)=\"([^\"]+)\"");
  private static final Pattern EXAMPLE = Pattern.compile("\\bexamples/[\\w./-]*\\w\\.ya?ml\\b");

  private final Repository repository = Repository.here();

  @Test
  void every_package_says_what_it_is_and_is_null_marked() {
    TreeSet<String> packages = new TreeSet<>();
    for (Path source : repository.java(path -> path.contains("/src/"))) {
      Path folder = repository.root().relativize(source).getParent();
      packages.add(String.valueOf(folder).replace("/src/test/", "/src/main/"));
    }
    List<String> bare = new ArrayList<>();
    for (String folder : packages) {
      Path info = repository.root().resolve(folder).resolve("package-info.java");
      if (!Files.exists(info)) {
        info = Path.of(info.toString().replace("/src/main/", "/src/test/"));
      }
      String text = Files.exists(info) ? Repository.text(info) : "";
      if (!text.startsWith("/**")
          || !text.contains("@NullMarked")
          || text.contains("Placeholder")) {
        bare.add(folder);
      }
    }
    assertThat(bare).as("packages without a sentence or @NullMarked").isEmpty();
  }

  @Test
  void no_source_file_is_too_long_to_read() {
    List<String> tooLong = new ArrayList<>();
    for (Path source :
        repository.files(path -> path.endsWith(".java") || path.equals("ovenbird"))) {
      long lines = Repository.text(source).lines().count();
      if (lines > MAX_LINES) {
        tooLong.add(lines + " " + repository.name(source));
      } else if (lines > SPLIT_LINES) {
        System.out.println(
            "tidy: " + lines + " lines, look for a split: " + repository.name(source));
      }
    }
    assertThat(tooLong).as("files above %d lines", MAX_LINES).isEmpty();
  }

  @Test
  void no_class_is_named_for_want_of_a_noun() {
    assertThat(found(MISSING_NOUN, repository.java(path -> true))).isEmpty();
  }

  @Test
  void no_work_is_left_for_later() {
    assertThat(found(LEFT_FOR_LATER, repository.files(TidyTest::isText))).isEmpty();
  }

  @Test
  void no_test_is_switched_off_or_waits_for_a_time() {
    List<Path> tests = repository.java(path -> path.contains("/src/test/"));
    assertThat(found(SWITCHED_OFF, tests)).isEmpty();
    assertThat(found(SLEEP, tests)).isEmpty();
  }

  @Test
  void tests_are_named_for_behaviour() {
    List<String> names = new ArrayList<>();
    for (Path test : repository.java(path -> path.endsWith("Test.java"))) {
      Matcher matcher = TEST_NAME.matcher(Repository.text(test));
      while (matcher.find()) {
        if (!matcher.group(1).equals(matcher.group(1).toLowerCase(java.util.Locale.ROOT))) {
          names.add(repository.name(test) + ": " + matcher.group(1));
        }
      }
    }
    assertThat(names).as("test names that are not in snake_case").isEmpty();
  }

  @Test
  void every_link_in_the_documentation_leads_to_a_file() {
    List<String> broken = new ArrayList<>();
    for (Path page : repository.files(path -> path.endsWith(".md"))) {
      // In a code span nothing is a link, not even a regular expression.
      Matcher matcher = LINK.matcher(Repository.text(page).replaceAll("`[^`\\n]*`", "``"));
      while (matcher.find()) {
        String target = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        if (!target.contains(":") && !Files.exists(page.resolveSibling(target))) {
          broken.add(repository.name(page) + ": " + target);
        }
      }
    }
    assertThat(broken).as("links to files that do not exist").isEmpty();
  }

  @Test
  void every_example_that_is_named_exists() {
    List<String> missing = new ArrayList<>();
    for (Path file : repository.files(TidyTest::isText)) {
      Matcher matcher = EXAMPLE.matcher(Repository.text(file));
      while (matcher.find()) {
        if (!Files.exists(repository.root().resolve(matcher.group()))) {
          missing.add(repository.name(file) + ": " + matcher.group());
        }
      }
    }
    assertThat(missing).as("examples that do not exist").isEmpty();
  }

  @Test
  void shell_scripts_parse_and_can_be_run() throws IOException, InterruptedException {
    for (String script : List.of("ovenbird", ".ci/run")) {
      Path file = repository.root().resolve(script);
      assertThat(file).isExecutable();
      Process bash = new ProcessBuilder("bash", "-n", file.toString()).inheritIO().start();
      assertThat(bash.waitFor()).as(script).isZero();
    }
  }

  private List<String> found(Pattern pattern, List<Path> files) {
    List<String> places = new ArrayList<>();
    for (Path file : files) {
      int number = 0;
      for (String line : Repository.text(file).split("\n", -1)) {
        number++;
        Matcher matcher = pattern.matcher(line);
        if (matcher.find()) {
          places.add(repository.name(file) + ":" + number + ": " + matcher.group());
        }
      }
    }
    return places;
  }

  private static boolean isText(String path) {
    return path.endsWith(".java")
        || path.endsWith(".md")
        || path.endsWith(".xml")
        || path.endsWith(".yaml")
        || path.equals("ovenbird")
        || path.equals(".ci/run");
  }
}

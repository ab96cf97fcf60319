package dev.ovenbird.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Expected outputs in files; -Dovenbird.update=true writes them anew, to be read before commit. */
public final class Golden {
  private static final Path RESOURCES = Path.of("src/test/resources").toAbsolutePath();

  private Golden() {}

  public static Path folder(String name) {
    return RESOURCES.resolve(name);
  }

  /** Everything in a folder, sorted. */
  public static List<Path> files(Path folder) {
    try (var files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static void compare(Path expected, String actual) {
    if (Boolean.getBoolean("ovenbird.update")) {
      try {
        Files.writeString(expected, actual);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    assertThat(expected).hasContent(actual);
  }
}

package dev.ovenbird.e2e.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A folder that ends with its scope. */
public record TempFolder(Path path) implements AutoCloseable {
  /** Makes one below the system's folder for such. */
  public static Path create(Scope scope, String name) {
    try {
      return scope.add(new TempFolder(Files.createTempDirectory(name))).path();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    Command.attempt(Duration.ofSeconds(30), List.of("rm", "-rf", path.toString()));
  }
}

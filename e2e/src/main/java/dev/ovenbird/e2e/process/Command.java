package dev.ovenbird.e2e.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command that runs to its end. */
public final class Command {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Exit status and what was printed, standard output and standard error together. */
  public record Result(int status, String output) {}

  private Command() {}

  /**
   * Runs a command that must succeed.
   *
   * @return its output
   * @throws IllegalStateException when its exit status is not 0 or it takes over a minute
   */
  public static String run(String... command) {
    Result result = attempt(LIMIT, List.of(command));
    if (result.status() != 0) {
      throw new IllegalStateException(
          String.join(" ", command)
              + " ended with status "
              + result.status()
              + ": "
              + result.output().strip());
    }
    return result.output();
  }

  /** Runs a command to its end, whatever its exit status; it is killed after {@code limit}. */
  public static Result attempt(Duration limit, List<String> command) {
    try {
      Path output = Files.createTempFile("ovenbird-e2e", ".out");
      try {
        return attempt(limit, command, output);
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in " + String.join(" ", command), e);
    }
  }

  private static Result attempt(Duration limit, List<String> command, Path output)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(output.toFile())
            .start();
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
        throw new IllegalStateException(
            String.join(" ", command)
                + " did not end within "
                + limit.toSeconds()
                + " s: "
                + Files.readString(output, StandardCharsets.UTF_8));
      }
    } finally {
      process.destroyForcibly();
    }
    return new Result(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
  }
}

package dev.ovenbird.e2e.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A folder which a small process of its own takes away when this JVM closes it or ends, however it
 * ends.
 */
public final class DataFolder implements AutoCloseable {
  private static final Path MEMORY = Path.of("/dev/shm");

  /**
   * Waits for its input's end; then what wrote to the folder has been killed, or is about to be.
   */
  private static final String REAPER =
      "trap '' INT TERM HUP; cat >/dev/null;"
          + " for i in 1 2 3 4 5 6 7 8 9 10; do rm -rf \"$1\"; sleep 0.1;"
          + " [ -e \"$1\" ] || exit 0; done";

  private final Path path;
  private final Process reaper;

  private DataFolder(Path path, Process reaper) {
    this.path = path;
    this.reaper = reaper;
  }

  /** In memory (tmpfs) if the machine has a folder there. */
  static DataFolder create(String name) {
    try {
      return Files.isWritable(MEMORY) && Files.getFileStore(MEMORY).type().equals("tmpfs")
          ? create(MEMORY, name)
          : onDisk(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Below the system's folder for temporary files, for what is too large for memory. */
  public static DataFolder onDisk(String name) {
    return create(Path.of(System.getProperty("java.io.tmpdir")), name);
  }

  private static DataFolder create(Path parent, String name) {
    try {
      Path path = Files.createTempDirectory(parent, name);
      Process reaper =
          new ProcessBuilder("setsid", "sh", "-c", REAPER, "sh", path.toString())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return new DataFolder(path, reaper);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() {
    try {
      reaper.getOutputStream().close();
      reaper.waitFor(Duration.ofSeconds(30));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package dev.ovenbird.operator.local;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells of each new content of a file. Events of its folder make it quick (editors rename); a look
 * every second finds what events miss.
 */
final class FileChanges implements AutoCloseable {
  private static final long POLL_MILLIS = 1000;

  /** An editor that truncates and then writes is done within this. */
  private static final long SETTLE_MILLIS = 50;

  private final Path file;
  private final Consumer<String> changed;
  private final WatchService events;
  private @Nullable String last;

  private FileChanges(Path file, String content, Consumer<String> changed, WatchService events) {
    this.file = file;
    this.last = content;
    this.changed = changed;
    this.events = events;
  }

  /**
   * @param content the content that is known
   * @param changed gets each other one; empty if the file is gone
   */
  static FileChanges watch(Path file, String content, Consumer<String> changed)
      throws LocalException {
    Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
    try {
      WatchService events = folder.getFileSystem().newWatchService();
      folder.register(
          events,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
      FileChanges changes = new FileChanges(file, content, changed, events);
      Thread.ofPlatform().daemon().name("file").start(changes::run);
      return changes;
    } catch (IOException e) {
      throw LocalException.of(folder, e);
    }
  }

  private void run() {
    try {
      while (true) {
        WatchKey key = events.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
        if (key != null) {
          key.pollEvents();
          key.reset();
        }
        String now = read();
        while (now != null && !now.equals(last)) {
          TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
          String settled = read();
          if (now.equals(settled)) {
            last = now;
            changed.accept(now);
          }
          now = settled;
        }
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      return;
    }
  }

  private @Nullable String read() {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      return null; // Not readable at this moment.
    }
  }

  @Override
  public void close() {
    try {
      events.close();
    } catch (IOException e) {
      return;
    }
  }
}

package dev.ovenbird.app.config;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits for changes of files. The kernel's events make it quick; they are only a hint, and every
 * file is looked at {@value #POLL_MILLIS} ms after the last look at the latest, so that a lost
 * event, a replaced folder or a file system without events cost that time and no more. Confined to
 * one thread.
 */
public final class FileWatch implements AutoCloseable {
  /** Milliseconds between looks at the files when no event comes. */
  public static final int POLL_MILLIS = 250;

  private final Map<Path, Stamp> stamps = new LinkedHashMap<>();
  private final @Nullable WatchService events;
  private final Set<Path> folders = new HashSet<>();

  /** What changes when a file does, by rename or in place. */
  private record Stamp(@Nullable Object inode, long size, long modifiedNanos) {
    static final Stamp ABSENT = new Stamp(null, -1, 0);

    static Stamp of(Path file) {
      try {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Stamp(
            attributes.fileKey(),
            attributes.size(),
            attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
      } catch (IOException e) {
        return ABSENT;
      }
    }
  }

  public FileWatch(FileSystem fileSystem) {
    WatchService service = null;
    try {
      service = fileSystem.newWatchService();
    } catch (IOException | UnsupportedOperationException e) {
      service = null; // No inotify instance left (a per-user limit): polling does it alone.
    }
    events = service;
  }

  /** Watches a file from what it is now: read it after this, never before. */
  public void add(Path file) {
    stamps.put(file, Stamp.of(file));
  }

  /**
   * Waits until a file differs from what it was, at most {@code maxMillis}.
   *
   * @return the files that changed; empty when the time is over
   */
  public Set<Path> await(long maxMillis) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(maxMillis);
    watchFolders();
    while (true) {
      Set<Path> changed = changed();
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (!changed.isEmpty() || left <= 0) {
        return changed;
      }
      pause(Math.min(left, POLL_MILLIS));
    }
  }

  private Set<Path> changed() {
    Set<Path> changed = new HashSet<>();
    for (Map.Entry<Path, Stamp> entry : stamps.entrySet()) {
      Stamp now = Stamp.of(entry.getKey());
      if (!now.equals(entry.getValue())) {
        entry.setValue(now);
        changed.add(entry.getKey());
      }
    }
    return changed;
  }

  private void pause(long millis) throws InterruptedException {
    if (events == null) {
      TimeUnit.MILLISECONDS.sleep(millis);
      return;
    }
    WatchKey key = events.poll(millis, TimeUnit.MILLISECONDS);
    while (key != null) {
      key.pollEvents();
      if (!key.reset() && key.watchable() instanceof Path folder) {
        folders.remove(folder);
      }
      key = events.poll();
    }
    watchFolders();
  }

  private void watchFolders() {
    if (events == null) {
      return;
    }
    for (Path file : stamps.keySet()) {
      Path folder = file.toAbsolutePath().getParent();
      if (folder == null || folders.contains(folder)) {
        continue;
      }
      try {
        folder.register(
            events,
            StandardWatchEventKinds.ENTRY_CREATE,
            StandardWatchEventKinds.ENTRY_MODIFY,
            StandardWatchEventKinds.ENTRY_DELETE);
        folders.add(folder);
      } catch (IOException e) {
        // Not there (yet), or no watch left: the polls see it all the same.
        continue;
      }
    }
  }

  @Override
  public void close() {
    if (events != null) {
      try {
        events.close();
      } catch (IOException e) {
        return;
      }
    }
  }
}

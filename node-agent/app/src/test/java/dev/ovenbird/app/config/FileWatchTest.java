package dev.ovenbird.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.app.TestInstance;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {
  private static final long LONG = 20_000;

  private final FileWatch watch = new FileWatch(FileSystems.getDefault());

  @TempDir Path folder;

  @AfterEach
  void close() {
    watch.close();
  }

  @Test
  void nothing_is_reported_while_nothing_changes() throws Exception {
    Path file = folder.resolve("a");
    Files.writeString(file, "1");
    watch.add(file);
    assertThat(watch.await(1)).isEmpty();
  }

  @Test
  void a_file_replaced_by_rename_is_seen_while_waiting() throws Exception {
    Path file = folder.resolve("a");
    Files.writeString(file, "1");
    watch.add(file);
    CountDownLatch waiting = new CountDownLatch(1);
    FutureTask<Set<Path>> seen =
        new FutureTask<>(
            () -> {
              waiting.countDown();
              return watch.await(LONG);
            });
    Thread.ofPlatform().start(seen);
    waiting.await();
    TestInstance.replace(file, "2");
    assertThat(seen.get()).containsExactly(file);
  }

  @Test
  void a_change_before_the_wait_is_not_lost() throws Exception {
    Path file = folder.resolve("a");
    Files.writeString(file, "1");
    watch.add(file);
    TestInstance.replace(file, "2");
    assertThat(watch.await(LONG)).containsExactly(file);
    assertThat(watch.await(1)).isEmpty();
  }

  @Test
  void a_file_that_goes_and_comes_in_a_folder_that_does_is_followed() throws Exception {
    Path inner = folder.resolve("inner");
    Path file = inner.resolve("a");
    watch.add(file);
    Files.createDirectory(inner);
    Files.writeString(file, "1");
    assertThat(watch.await(LONG)).containsExactly(file);
    Files.delete(file);
    Files.delete(inner);
    assertThat(watch.await(LONG)).containsExactly(file);
    Files.createDirectory(inner);
    Files.writeString(file, "1");
    assertThat(watch.await(LONG)).containsExactly(file);
  }

  @Test
  void a_switched_link_as_in_a_mounted_secret_is_seen() throws Exception {
    Path first = Files.createDirectory(folder.resolve("first"));
    Path second = Files.createDirectory(folder.resolve("second"));
    Files.writeString(first.resolve("a"), "1");
    Files.writeString(second.resolve("a"), "2");
    Path data = Files.createSymbolicLink(folder.resolve("data"), first);
    Path file = Files.createSymbolicLink(folder.resolve("a"), data.resolve("a"));
    watch.add(file);
    Path next = Files.createSymbolicLink(folder.resolve("next"), second);
    Files.move(next, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    assertThat(watch.await(LONG)).containsExactly(file);
  }
}

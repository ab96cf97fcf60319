package dev.ovenbird.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SlowWorkersTest {
  /** Field 19 of proc_pid_stat(5), of the calling thread. */
  private static int niceLevel() {
    try {
      String stat = Files.readString(Path.of("/proc/thread-self/stat"));
      return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void tasks_run_behind_the_event_loop() throws Exception {
    int own = niceLevel();
    try (SlowWorkers workers = new SlowWorkers("slow", 1, 1)) {
      CompletableFuture<Integer> level = new CompletableFuture<>();
      assertThat(workers.submit(() -> level.complete(niceLevel()))).isTrue();
      assertThat(level.get(10, TimeUnit.SECONDS)).isEqualTo(SlowWorkers.NICE);
    }
    assertThat(niceLevel()).isEqualTo(own);
  }
}

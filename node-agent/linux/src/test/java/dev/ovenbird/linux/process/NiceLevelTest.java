package dev.ovenbird.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.linux.call.ProcessCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class NiceLevelTest {
  /**
   * Field 19 of proc_pid_stat(5); the name, field 2, may hold anything but ends with the last ).
   */
  private static int ofThread(int id) throws Exception {
    String stat = Files.readString(Path.of("/proc/self/task/" + id + "/stat"));
    return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]);
  }

  @Test
  void one_thread_becomes_nicer_and_the_others_stay() throws Exception {
    int own = ProcessCalls.gettid();
    int before = ofThread(own);
    int nicer = Math.min(before + 5, 19);
    FutureTask<Integer> worker =
        new FutureTask<>(
            () -> {
              assertThat(NiceLevel.setForCurrentThread(nicer)).isTrue();
              assertThat(ProcessCalls.gettid()).isNotEqualTo(own);
              return ofThread(ProcessCalls.gettid());
            });
    Thread.ofPlatform().start(worker);
    assertThat(worker.get(10, TimeUnit.SECONDS)).isEqualTo(nicer);
    assertThat(ofThread(own)).isEqualTo(before);
  }
}

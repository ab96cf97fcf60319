package dev.ovenbird.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ProcessDumpsTest {
  @Test
  void after_disable_the_kernel_dumps_no_core() throws IOException {
    ProcessDumps.disable();
    assertThat(ProcessDumps.enabled()).isFalse();
    assertThat(Files.readString(Path.of("/proc/self/limits")))
        .containsPattern("Max core file size +0 +0 ");
  }
}

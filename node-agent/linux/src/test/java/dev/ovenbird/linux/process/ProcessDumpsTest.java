package dev.ovenbird.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessDumpsTest {
  @Test
  void after_disable_the_kernel_dumps_no_core() {
    ProcessDumps.disable();
    assertThat(ProcessDumps.enabled()).isFalse();
  }
}

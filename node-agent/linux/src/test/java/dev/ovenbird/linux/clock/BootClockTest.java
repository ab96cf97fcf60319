package dev.ovenbird.linux.clock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.testkit.Allocation;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class BootClockTest {
  @Test
  void counts_from_the_machines_start() throws Exception {
    double uptime = Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
    assertThat(BootClock.bootNanos() / 1e9).isCloseTo(uptime, Offset.offset(2.0));
  }

  @Test
  void never_goes_back() {
    long last = BootClock.bootNanos();
    for (int i = 0; i < 100_000; i++) {
      long now = BootClock.bootNanos();
      assertThat(now >= last).isTrue();
      last = now;
    }
  }

  @Test
  void allocates_nothing() {
    long[] sum = {0};
    assertThat(Allocation.bytesPerRun(100_000, () -> sum[0] += BootClock.bootNanos())).isZero();
    assertThat(sum[0]).isNotZero();
  }
}

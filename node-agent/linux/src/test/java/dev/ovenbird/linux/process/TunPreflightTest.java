package dev.ovenbird.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TunPreflightTest {
  @Test
  void this_machine_can_run_an_instance() {
    assertThat(TunPreflight.problems()).isEmpty();
  }

  @Test
  void each_missing_thing_is_one_line_with_its_remedy() {
    assertThat(new TunPreflight(Path.of("/nonexistent/net/tun"), false, false).check())
        .hasSize(3)
        .noneMatch(line -> line.contains("\n"))
        .anyMatch(line -> line.contains("CAP_NET_ADMIN") && line.contains("run as root"))
        .anyMatch(line -> line.contains("mknod /nonexistent/net/tun c 10 200"))
        .anyMatch(line -> line.contains("apt-get install nftables"));
  }

  @Test
  void capabilities_are_read_from_the_process_status() {
    Capabilities some = Capabilities.parse("Name:\tjava\nCapEff:\t0000000000001400\n");
    assertThat(some.netAdmin()).isTrue();
    assertThat(some.netBindService()).isTrue();
    assertThat(Capabilities.parse("CapEff:\t0000000000000800\n").netAdmin()).isFalse();
    assertThat(Capabilities.parse("").netAdmin()).isFalse();
    assertThat(Capabilities.current().netAdmin()).isTrue();
  }
}

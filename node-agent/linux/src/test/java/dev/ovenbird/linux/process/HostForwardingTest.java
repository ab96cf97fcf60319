package dev.ovenbird.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.linux.PrivateNetwork;
import dev.ovenbird.linux.call.LinuxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(PrivateNetwork.class)
class HostForwardingTest {
  private static final Path IPV4 = Path.of("/proc/sys/net/ipv4/ip_forward");
  private static final Path IPV6 = Path.of("/proc/sys/net/ipv6/conf/all/forwarding");
  private static final Path ACCEPT_RA = Path.of("/proc/sys/net/ipv6/conf/lo/accept_ra");

  @Test
  void what_is_off_is_switched_on_and_put_back() throws Exception {
    Files.writeString(IPV4, "0");
    Files.writeString(IPV6, "0");
    Files.writeString(ACCEPT_RA, "1");
    HostForwarding forwarding = HostForwarding.enable(true, true);
    assertThat(HostForwarding.ipv4()).isTrue();
    assertThat(HostForwarding.ipv6()).isTrue();
    assertThat(Files.readString(ACCEPT_RA)).isEqualToIgnoringNewLines("2");
    assertThat(forwarding.changed())
        .contains(
            "net.ipv4.ip_forward=1",
            "net.ipv6.conf.all.forwarding=1",
            "net.ipv6.conf.lo.accept_ra=2");
    forwarding.restore();
    assertThat(HostForwarding.ipv4()).isFalse();
    assertThat(HostForwarding.ipv6()).isFalse();
    assertThat(Files.readString(ACCEPT_RA)).isEqualToIgnoringNewLines("1");
    assertThat(forwarding.changed()).isEmpty();
  }

  @Test
  void what_is_on_is_left_alone() throws Exception {
    Files.writeString(IPV4, "1");
    try (HostForwarding forwarding = HostForwarding.enable(true, false)) {
      assertThat(forwarding.changed()).isEmpty();
    }
    assertThat(HostForwarding.ipv4()).isTrue();
  }

  @Test
  void a_setting_that_somebody_changed_since_is_left_alone() throws Exception {
    Files.writeString(IPV4, "0");
    HostForwarding forwarding = HostForwarding.enable(true, false);
    Files.writeString(IPV4, "0");
    forwarding.restore();
    assertThat(HostForwarding.ipv4()).isFalse();
  }

  @Test
  void if_one_setting_fails_the_other_is_put_back(@TempDir Path sys) throws Exception {
    Files.createDirectories(sys.resolve("net/ipv4"));
    Files.createDirectories(sys.resolve("net/ipv6/conf/all"));
    Files.writeString(sys.resolve("net/ipv4/ip_forward"), "0\n");
    Files.createDirectory(sys.resolve("net/ipv6/conf/all/forwarding"));
    assertThatThrownBy(() -> new HostForwarding(sys).switchOn(true, true))
        .isInstanceOf(LinuxException.class);
    assertThat(Files.readString(sys.resolve("net/ipv4/ip_forward"))).startsWith("0");
  }
}

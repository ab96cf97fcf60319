package dev.ovenbird.operator.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostForwardingTest {
  private static final String IPV4 = "net/ipv4/ip_forward";
  private static final String IPV6 = "net/ipv6/conf/all/forwarding";
  private static final String RA = "net/ipv6/conf/eth0/accept_ra";

  @TempDir Path dir;

  private final List<String> said = new ArrayList<>();

  @BeforeEach
  void machine() throws Exception {
    Files.createDirectories(dir.resolve("devices/eth0"));
    set(Map.of(IPV4, "0", IPV6, "0", RA, "1"));
  }

  @Test
  void is_set_where_it_is_off_and_put_back() throws Exception {
    forwarding().enable(true);
    assertThat(values()).containsExactly("1", "1", "2");
    assertThat(said)
        .containsExactly(
            "Forwarding was off on this machine: set net.ipv4.ip_forward to 1.",
            "Forwarding was off on this machine: set net.ipv6.conf.all.forwarding to 1.");
    forwarding().restore();
    assertThat(values()).containsExactly("0", "0", "1");
    assertThat(dir.resolve("record")).doesNotExist();
  }

  @Test
  void is_left_alone_where_it_is_on() throws Exception {
    set(Map.of(IPV4, "1", IPV6, "1"));
    forwarding().enable(true);
    forwarding().restore();
    assertThat(values()).containsExactly("1", "1", "1");
    assertThat(said).isEmpty();
  }

  @Test
  void what_a_killed_predecessor_changed_is_put_back() throws Exception {
    forwarding().enable(false);
    forwarding().enable(false);
    forwarding().restore();
    assertThat(values()).containsExactly("0", "0", "1");
  }

  @Test
  void stays_on_while_another_cluster_runs_here() throws Exception {
    forwarding().enable(true);
    Files.createDirectories(dir.resolve("devices/ovb12345678-0"));
    forwarding().restore();
    assertThat(values()).containsExactly("1", "1", "2");
  }

  private HostForwarding forwarding() {
    return new HostForwarding(
        dir.resolve("sys"), dir.resolve("devices"), dir.resolve("record"), said::add);
  }

  private void set(Map<String, String> values) throws Exception {
    for (Map.Entry<String, String> value : values.entrySet()) {
      Path file = dir.resolve("sys").resolve(value.getKey());
      Files.createDirectories(file.getParent());
      Files.writeString(file, value.getValue() + "\n");
    }
  }

  private List<String> values() throws Exception {
    List<String> values = new ArrayList<>();
    for (String name : List.of(IPV4, IPV6, RA)) {
      values.add(Files.readString(dir.resolve("sys").resolve(name)).strip());
    }
    return values;
  }
}

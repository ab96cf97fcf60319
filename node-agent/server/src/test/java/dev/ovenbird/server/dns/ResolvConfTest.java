package dev.ovenbird.server.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolvConfTest {
  @TempDir Path dir;

  private List<String> servers(ResolvConf conf, long seconds) {
    return conf.servers(TimeUnit.SECONDS.toNanos(seconds)).stream()
        .map(server -> server.getAddress().getHostAddress() + " " + server.getPort())
        .toList();
  }

  @Test
  void at_most_three_servers_are_read_and_itself_is_none_of_them() throws Exception {
    Path file = dir.resolve("resolv.conf");
    Files.writeString(
        file,
        """
        # nameserver 192.0.2.99
        search example.com
        nameserver 10.88.0.1
        nameserver 10.96.0.10
        nameserver not-an-address
        nameserver
         nameserver fd00::53
        options ndots:5
        nameserver 127.0.0.53
        nameserver 192.0.2.4
        """);
    ResolvConf conf = new ResolvConf(file, address -> address.getHostAddress().equals("10.88.0.1"));
    assertThat(servers(conf, 1))
        .containsExactly("10.96.0.10 53", "fd00:0:0:0:0:0:0:53 53", "127.0.0.53 53");
  }

  @Test
  void a_change_is_seen_within_a_second_and_a_missing_file_changes_nothing() throws Exception {
    Path file = dir.resolve("resolv.conf");
    ResolvConf conf = new ResolvConf(file, address -> false);
    assertThat(conf.servers(0)).isEmpty();
    Files.writeString(file, "nameserver 192.0.2.1\n");
    List<InetSocketAddress> first = conf.servers(TimeUnit.SECONDS.toNanos(2));
    assertThat(first).hasSize(1);
    Path next = Files.writeString(dir.resolve("next"), "nameserver 192.0.2.100\n");
    Files.move(next, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(servers(conf, 4)).containsExactly("192.0.2.100 53");
    Files.delete(file);
    assertThat(servers(conf, 6)).containsExactly("192.0.2.100 53");
  }
}

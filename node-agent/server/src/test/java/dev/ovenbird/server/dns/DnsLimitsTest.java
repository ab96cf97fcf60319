package dev.ovenbird.server.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class DnsLimitsTest {
  @Test
  void one_client_does_not_use_up_what_others_need() throws Exception {
    InetAddress alice = InetAddress.getByName("10.88.0.2");
    InetAddress bob = InetAddress.getByName("10.88.0.3");
    InetAddress carol = InetAddress.getByName("10.88.0.4");
    DnsLimits limits = new DnsLimits(3, 2);
    assertThat(limits.take(alice)).isTrue();
    assertThat(limits.take(alice)).isTrue();
    assertThat(limits.take(alice)).as("a third of one client").isFalse();
    assertThat(limits.take(bob)).isTrue();
    assertThat(limits.take(carol)).as("a fourth in all").isFalse();
    limits.giveBack(alice);
    assertThat(limits.take(carol)).isTrue();
  }
}

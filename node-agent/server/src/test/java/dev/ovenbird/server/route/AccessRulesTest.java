package dev.ovenbird.server.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessRulesTest {
  private static final List<Cidr> OWN = cidrs("192.0.2.7", "192.0.2.8", "10.96.0.1", "2001:db8::7");

  @ParameterizedTest
  @CsvSource({
    // allowed, destination, verdict
    "'', 10.96.0.10, REFUSED",
    "10.96.0.0/12, 10.96.0.10, TO_TUN",
    "10.96.0.0/12, 10.112.0.1, REFUSED",
    "10.96.0.0/12, 10.96.0.1, REFUSED", // an address of the node
    "10.96.0.0/12 10.96.0.1/32, 10.96.0.1, TO_TUN", // named
    "0.0.0.0/0, 198.51.100.1, TO_TUN",
    "0.0.0.0/0, 192.0.2.7, REFUSED",
    "10.96.0.0/12 192.0.2.0/24, 192.0.2.8, REFUSED", // another node
    "0.0.0.0/0 192.0.2.8/32, 192.0.2.8, TO_TUN", // named
    "0.0.0.0/0, 127.0.0.1, REFUSED",
    "0.0.0.0/0, 0.0.0.0, REFUSED",
    "0.0.0.0/0, 169.254.169.254, REFUSED",
    "0.0.0.0/0 169.254.169.254/32, 169.254.169.254, TO_TUN",
    "0.0.0.0/0 169.254.169.254/32, 169.254.169.253, REFUSED",
    "169.254.0.0/16, 169.254.20.10, TO_TUN",
    "0.0.0.0/0, 224.0.0.1, REFUSED",
    "0.0.0.0/0, 255.255.255.255, REFUSED",
    "0.0.0.0/0, 168.63.129.16, REFUSED",
    "0.0.0.0/0, 10.88.0.1, TO_GATEWAY",
    "'', 10.88.0.1, TO_GATEWAY",
    "0.0.0.0/0, 10.88.0.9, REFUSED", // another client, and clientToClient is Deny
    "10.88.0.0/16 10.88.0.9/32, 10.88.0.9, REFUSED",
    "::/0, 2001:db8:1::1, TO_TUN",
    "::/0, 2001:db8::7, REFUSED",
    "::/0, ::1, REFUSED",
    "::/0, ::ffff:7f00:1, REFUSED", // 127.0.0.1 in IPv6 clothes
    "::/0, fe80::1, REFUSED",
    "::/0 fe80::1/128, fe80::1, TO_TUN",
    "::/0, ff02::1, REFUSED",
    "::/0, fd00:ec2::254, REFUSED",
    "::/0, fd00:88::1, TO_GATEWAY",
    "::/0, fd00:88::9, REFUSED",
    "0.0.0.0/0, 2001:db8:1::1, REFUSED" // of the other family
  })
  void destinations(String allowed, String destination, AccessRules.Verdict verdict) {
    assertThat(decide(allowed, destination, false)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({"10.88.0.9, TO_CLIENT", "fd00:88::9, TO_CLIENT", "10.88.0.1, TO_GATEWAY"})
  void clients_reach_each_other_only_if_allowed(String destination, AccessRules.Verdict verdict) {
    assertThat(decide("", destination, true)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0/0 169.254.169.254/32, 169.254.169.254/32",
    "10.96.0.0/12 10.96.0.1/32, 10.96.0.1/32",
    "10.96.0.0/12, ''"
  })
  void named_exceptions_are_found_for_the_firewall(String allowed, String named) {
    assertThat(AccessRules.named(cidrs(allowed.split(" ")), OWN))
        .isEqualTo(named.isEmpty() ? List.of() : cidrs(named));
  }

  private static AccessRules.Verdict decide(
      String allowed, String destination, boolean clientToClient) {
    AccessRules rules =
        new AccessRules(
            allowed.isEmpty() ? List.of() : cidrs(allowed.split(" ")),
            cidrs("10.88.0.0/16", "fd00:88::/64"),
            cidrs("10.88.0.1", "fd00:88::1"),
            OWN,
            false,
            clientToClient);
    boolean ipv6 = destination.indexOf(':') >= 0;
    Cidr address =
        destination.startsWith("::ffff:")
            ? new Cidr(true, 0, Cidr.IPV4_PREFIX | 0x7f000001L, 128)
            : Cidr.parse(destination);
    return rules.decide(ipv6, address.high(), address.low());
  }

  private static List<Cidr> cidrs(String... texts) {
    return Arrays.stream(texts).map(Cidr::parse).toList();
  }
}

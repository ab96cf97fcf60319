package dev.ovenbird.server.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouterTest {
  private final Router router = new Router();

  private static NextHop hop() {
    Cidr host = Cidr.parse("10.88.255.255");
    return new ProbeHop(host, host, 443, new Random(1), () -> {});
  }

  private NextHop to(String address) {
    Cidr host = Cidr.parse(address);
    return router.lookup(host.isIpv6(), host.high(), host.low());
  }

  @ParameterizedTest
  @CsvSource({
    "192.168.0.0/16, 192.168.50.0/24, 192.168.50.7",
    "fd00:50::/32, fd00:50:1::/64, fd00:50:1::7"
  })
  void the_longest_prefix_leads_and_goes_only_with_the_hop_that_has_it(
      String site, String part, String host) {
    NextHop wide = hop();
    NextHop narrow = hop();
    router.put(Cidr.parse(site), wide);
    router.put(Cidr.parse(part), narrow);
    assertThat(to(host)).isSameAs(narrow);
    assertThat(router.remove(Cidr.parse(part), wide)).isFalse();
    NextHop newer = hop();
    router.put(Cidr.parse(part), newer);
    assertThat(router.remove(Cidr.parse(part), narrow)).isFalse();
    assertThat(to(host)).isSameAs(newer);
    assertThat(router.remove(Cidr.parse(part), newer)).isTrue();
    assertThat(to(host)).isSameAs(wide);
    assertThat(router.remove(Cidr.parse(site), wide)).isTrue();
    assertThat(to(host)).isEqualTo(NextHop.TunHop.TUN);
    assertThat(router.size()).isZero();
  }
}

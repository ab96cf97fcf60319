package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.client.StockServer;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.NetworkState;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.relay.Impairment;
import dev.ovenbird.e2e.relay.UdpRelay;
import dev.ovenbird.e2e.service.RoundTrip;
import dev.ovenbird.e2e.service.TcpEcho;
import dev.ovenbird.e2e.service.UdpSink;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The harness itself, proven with stock openvpn on both sides. */
class HarnessTest {
  private static final Duration CONNECT = Duration.ofSeconds(20);

  @Test
  void stock_client_reaches_the_service_through_a_stock_server(@TempDir Path dir) {
    try (Scope scope = new Scope()) {
      Lab lab = Lab.create(scope, 1);
      NetworkState before = NetworkState.of(lab.server());
      TcpEcho echo = TcpEcho.start(scope, lab.service(), Lab.SERVICE_IPV4, 7007);
      StockServer server = StockServer.start(scope, lab.server(), dir, 1194);
      Path profile = server.profile().write(dir.resolve("client.ovpn"));
      OpenVpnClient client =
          OpenVpnClient.start(scope, lab.client(0), profile).awaitConnected(CONNECT);

      assertThat(client.ipv4()).startsWith("10.89.");
      assertThat(client.ipv6()).startsWith("fd00:89:");
      assertThat(Ping.run(lab.client(0), Lab.SERVICE_IPV4, 5, Duration.ofMillis(200)).lost())
          .isZero();
      assertThat(Ping.answers(lab.client(0), Lab.SERVICE_IPV6)).isTrue();
      assertThat(RoundTrip.run(lab.client(0), echo.address(), 1 << 20)).isPositive();
      assertThat(NetworkState.of(lab.server())).isNotEqualTo(before);
      client.close();
      server.close();
      lab.server().run("sysctl", "-qw", "net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0");
      assertThat(NetworkState.of(lab.server())).isEqualTo(before);
    }
  }

  @Test
  void stock_pair_works_through_an_impairing_relay(@TempDir Path dir) {
    try (Scope scope = new Scope()) {
      Lab lab = Lab.create(scope, 1);
      StockServer server = StockServer.start(scope, lab.server(), dir, 1194);
      UdpSink sink = UdpSink.start(scope, lab.service(), Lab.SERVICE_IPV4, 7008);
      UdpRelay relay =
          UdpRelay.start(
                  scope,
                  lab.wan(),
                  new InetSocketAddress(Lab.WAN_IPV4, 1194),
                  new InetSocketAddress(Lab.SERVER_IPV4, 1194),
                  42)
              .impair(Impairment.bad(3), Impairment.bad(3));
      relay.capture(true);
      Path profile =
          server
              .profile()
              .with(new Profile.Remote(Lab.WAN_IPV4, 1194, "udp"))
              .write(dir.resolve("client.ovpn"));
      OpenVpnClient.start(scope, lab.client(0), profile).awaitConnected(Duration.ofSeconds(60));
      relay.impair(Impairment.NONE, Impairment.NONE);
      assertThat(Ping.answers(lab.client(0), Lab.SERVICE_IPV4)).isTrue();
      relay.rebind();
      assertThat(Ping.answers(lab.client(0), Lab.SERVICE_IPV4)).isTrue();
      assertThat(relay.captured()).isNotEmpty();
      assertThat(sink.seen()).isEmpty();
    }
  }
}

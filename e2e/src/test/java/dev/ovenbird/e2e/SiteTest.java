package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.Instance;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.service.RoundTrip;
import dev.ovenbird.e2e.service.TcpEcho;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A stock client that is the router of a site, with a host in the network behind it. */
class SiteTest {
  private static final String NETWORK = "192.168.50.0/24";
  private static final String HOST_IPV4 = "192.168.50.7";
  private static final String HOST_IPV6 = "fd00:50::7";
  private static final int ECHO_PORT = 7009;
  private static final Duration SOON = Duration.ofSeconds(20);

  private ClusterSpec spec;
  private Stage stage;
  private Namespace host;
  private TcpEcho echo;

  @BeforeEach
  void open() {
    spec =
        new ClusterSpec()
            .lanes(1)
            // A busy machine takes its time to start an agent again; the clients are to wait for
            // it.
            .set("keepalive", "{interval: 4s, timeout: 90s}")
            .set(
                "push",
                "{routes: [10.96.0.0/12, \"fd00:96::/64\", 192.168.50.0/24, \"fd00:50::/64\"]}")
            .client("paris", ", routedCIDRs: [192.168.50.0/24, \"fd00:50::/64\"]")
            .client("alice");
    stage = Stage.open(2, spec);
    host = Namespace.create(stage.scope(), "site");
    Namespace router = stage.lab().client(0);
    router.ip("link", "add", "lan", "type", "veth", "peer", "eth0", "netns", host.name());
    addresses(router, "lan", "192.168.50.1/24", "fd00:50::1/64");
    addresses(host, "eth0", HOST_IPV4 + "/24", HOST_IPV6 + "/64");
    host.ip("route", "add", "default", "via", "192.168.50.1");
    host.ip("-6", "route", "add", "default", "via", "fd00:50::1");
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    echo = TcpEcho.start(stage.scope(), host, HOST_IPV4, ECHO_PORT);
  }

  private static void addresses(Namespace at, String link, String ipv4, String ipv6) {
    at.ip("link", "set", link, "up");
    at.ip("addr", "add", ipv4, "dev", link);
    at.ip("addr", "add", ipv6, "dev", link, "nodad");
  }

  @AfterEach
  void close() {
    stage.close();
  }

  @Test
  void a_site_is_reached_and_reaches_before_and_after_its_instance_was_killed() {
    OpenVpnClient paris = stage.connect(0, "paris");
    OpenVpnClient alice = stage.connect(1, "alice");
    assertThat(paris.namespace().ip("route", "show", NETWORK)).doesNotContain("tun");
    assertThat(alice.namespace().ip("route", "show", NETWORK)).contains("dev tun");
    assertSiteIsReached();
    assertThat(Ping.answers(host, alice.ipv4())).as("a site may only answer clients").isFalse();

    Instance victim = stage.cluster().instance(0);
    Command.run("kill", "-KILL", Long.toString(victim.pid()));
    Await.until(
        "a successor",
        SOON,
        () -> stage.cluster().instances(),
        found ->
            found.size() == 1
                && found.getFirst().pid() != victim.pid()
                && found.getFirst().isReady());
    assertSiteIsReached();
    assertThat(paris.connections()).isEqualTo(1);
    assertThat(alice.connections()).isEqualTo(1);

    stage.cluster().apply(spec.client("paris", ""));
    awaitRoute(false);
    stage.cluster().apply(spec.client("paris", ", routedCIDRs: [192.168.50.0/24]"));
    awaitRoute(true);
    assertThat(Ping.answers(stage.lab().service(), HOST_IPV4)).isTrue();
    assertThat(paris.connections()).isEqualTo(1);
    paris.close();
    awaitRoute(false);
  }

  private void awaitRoute(boolean there) {
    Await.until(
        there ? "a route to the site" : "no route to the site",
        SOON,
        () -> stage.lab().server().ip("route", "show", NETWORK),
        route -> route.contains("dev ovb") == there);
  }

  private void assertSiteIsReached() {
    Lab lab = stage.lab();
    for (Namespace from : List.of(lab.service(), lab.server(), lab.client(1))) {
      assertThat(Ping.answers(from, HOST_IPV4)).as("IPv4 from " + from).isTrue();
      assertThat(Ping.answers(from, HOST_IPV6)).as("IPv6 from " + from).isTrue();
      assertThat(RoundTrip.run(from, echo.address(), 1 << 18)).isPositive();
    }
    assertThat(Ping.answers(host, Lab.SERVICE_IPV4)).as("IPv4 from the site").isTrue();
    assertThat(Ping.answers(host, Lab.SERVICE_IPV6)).as("IPv6 from the site").isTrue();
    assertThat(RoundTrip.run(host, stage.echoIpv4().address(), 1 << 18)).isPositive();
  }
}

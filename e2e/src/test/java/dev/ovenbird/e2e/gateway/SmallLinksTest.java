package dev.ovenbird.e2e.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.service.RoundTrip;
import dev.ovenbird.e2e.service.TcpEcho;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * An overlay behind the server whose links take 1400 bytes, as pods' do, and links of 1450 between
 * clients and server: what is too long is cut beforehand or refused aloud, never lost.
 */
class SmallLinksTest {
  private static final int OUTSIDE_MTU = 1450;
  private static final int OVERLAY_MTU = 1400;
  private static final int BYTES = 8 << 20;

  private static GatewayStage stage;
  private static Namespace alice;
  private static TcpEcho echoIpv4;
  private static TcpEcho echoIpv6;

  @BeforeAll
  static void open() {
    stage = GatewayStage.open(1, GatewayStage.spec().client("alice").lanes(1));
    Lab lab = stage.lab();
    String overlay = Integer.toString(OVERLAY_MTU);
    lab.server().ip("link", "set", "inside", "mtu", overlay);
    lab.service().ip("link", "set", "eth0", "mtu", overlay);
    String outside = Integer.toString(OUTSIDE_MTU);
    lab.server().ip("link", "set", "eth0", "mtu", outside);
    lab.client(0).ip("link", "set", "eth0", "mtu", outside);
    for (String port : new String[] {"srv", "c0"}) {
      lab.wan().ip("link", "set", port, "mtu", outside);
    }
    echoIpv4 = TcpEcho.start(stage.scope(), lab.service(), Lab.SERVICE_IPV4, 7007);
    echoIpv6 = TcpEcho.start(stage.scope(), lab.service(), Lab.SERVICE_IPV6, 7007);
    alice = stage.connect(0, "alice", 0).namespace();
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @Test
  void tcp_passes_both_ways_and_no_outer_packet_is_fragmented() {
    for (TcpEcho echo : new TcpEcho[] {echoIpv4, echoIpv6}) {
      long before = fragments();
      assertThat(RoundTrip.run(alice, echo.address(), BYTES)).isPositive();
      // A fragment in each of some ten thousand packets would be as many; a few are control's.
      assertThat(fragments() - before).as("fragments made by the server").isLessThan(50);
    }
  }

  @Test
  void a_packet_too_long_for_the_overlay_is_answered_with_its_mtu() {
    assertThat(ping("-4", OVERLAY_MTU - 28, Lab.SERVICE_IPV4)).contains(" 0% packet loss");
    assertThat(ping("-4", OVERLAY_MTU - 27, Lab.SERVICE_IPV4)).contains("mtu = " + OVERLAY_MTU);
    assertThat(ping("-6", OVERLAY_MTU - 48, Lab.SERVICE_IPV6)).contains(" 0% packet loss");
    assertThat(ping("-6", OVERLAY_MTU - 47, Lab.SERVICE_IPV6)).contains("mtu=" + OVERLAY_MTU);
  }

  @Test
  void the_gateway_takes_packets_as_long_as_the_tunnel() {
    assertThat(ping("-4", 1472, GatewayStage.GATEWAY_IPV4)).contains(" 0% packet loss");
  }

  @Test
  void what_a_pod_sends_to_a_client_is_refused_aloud_from_the_tunnels_mtu_on() {
    stage.lab().service().ip("link", "set", "eth0", "mtu", "9000");
    stage.lab().server().ip("link", "set", "inside", "mtu", "9000");
    try {
      String client = addressOf(alice);
      stage.lab().service().ip("route", "replace", client, "via", Lab.INSIDE_IPV4);
      assertThat(ping(stage.lab().service(), "-4", 1473, client)).contains("mtu = 1500");
      assertThat(ping(stage.lab().service(), "-4", 1472, client)).contains(" 0% packet loss");
    } finally {
      stage.lab().service().ip("link", "set", "eth0", "mtu", Integer.toString(OVERLAY_MTU));
      stage.lab().server().ip("link", "set", "inside", "mtu", Integer.toString(OVERLAY_MTU));
    }
  }

  private static String addressOf(Namespace client) {
    return client.ip("-o", "-4", "addr", "show", "dev", "tun0").split("inet ")[1].split("/")[0];
  }

  private static String ping(String family, int payload, String address) {
    return ping(alice, family, payload, address);
  }

  /** Until the kernel says something: the first packet may be lost to learn what fits. */
  private static String ping(Namespace from, String family, int payload, String address) {
    return Await.until(
        payload + " bytes to " + address + " pass or are refused",
        Duration.ofSeconds(20),
        () -> {
          Command.Result result =
              from.attempt(
                  Duration.ofSeconds(10),
                  "ping",
                  family,
                  "-n",
                  "-c",
                  "2",
                  "-i",
                  "0.2",
                  "-W",
                  "2",
                  "-M",
                  "do",
                  "-s",
                  Integer.toString(payload),
                  address);
          return result.output();
        },
        output -> output.contains(" 0% packet loss") || output.contains("mtu"));
  }

  /** IPv4 packets that the server's kernel has cut so far. */
  private static long fragments() {
    List<String> lines =
        stage
            .lab()
            .server()
            .run("cat", "/proc/net/snmp")
            .lines()
            .filter(line -> line.startsWith("Ip:"))
            .toList();
    List<String> names = Arrays.asList(lines.get(0).split(" "));
    return Long.parseLong(lines.get(1).split(" ")[names.indexOf("FragCreates")]);
  }
}

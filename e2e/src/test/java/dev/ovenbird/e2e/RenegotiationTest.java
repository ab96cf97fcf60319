package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.net.Capture;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.service.Iperf;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Keys are renewed under traffic and nobody notices. */
@Tag("alone")
class RenegotiationTest {
  private static final int MANY = 100;
  private static final String RENEGOTIATED = "Control Channel: TLS";

  private static Stage stage;

  @BeforeAll
  static void open() {
    ClusterSpec spec = new ClusterSpec().renegotiation("1s").client("alice").client("bob");
    stage = Stage.open(2, spec);
    Iperf.serve(stage.scope(), stage.lab().service());
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  /** The profile alone on the command line; nothing in its log may hint at a reconnect. */
  @Test
  @Timeout(360)
  void a_hundred_renegotiations_pass_under_iperf3_with_no_reconnect() {
    OpenVpnClient client = stage.connect(0, "alice");
    int lane = client.lane(ClusterSpec.UDP_PORT, ClusterSpec.TCP_PORT);
    try (Capture resets =
            Capture.ofSoftResets(
                stage.scope(),
                client.namespace(),
                stage.dir().resolve("resets.pcap"),
                ClusterSpec.UDP_PORT + lane);
        LoggedProcess iperf =
            Iperf.start(client.namespace(), Lab.SERVICE_IPV4, 300, "--bidir", "--bitrate", "20M");
        Ping pings = Ping.start(client.namespace(), Lab.SERVICE_IPV6, Duration.ofMillis(100))) {
      Await.until(
          MANY + " renegotiations",
          Duration.ofSeconds(290),
          resets::renegotiations,
          count -> count > MANY);
      assertThat(iperf.isAlive()).as(iperf.tail(30)).isTrue();
      iperf.signal("INT");
      Ping.Result result = pings.stop();
      System.out.printf(
          "%d renegotiations: %d of %d pings lost, longest gap %.2f s%n",
          resets.renegotiations(), result.lost(), result.sent(), result.longestGap());
      assertNeverReconnected(client);
      assertThat(result.longestGap()).as("longest silence in seconds").isLessThan(2);
      assertThat(result.lost()).isLessThanOrEqualTo(result.sent() / 200);
    }
    client.close();
  }

  @Test
  void client_renegotiates_on_its_own_as_well() {
    try (OpenVpnClient client = stage.connect(1, "bob", "--reneg-sec", "3", "--verb", "4");
        Ping pings = Ping.start(client.namespace(), Lab.SERVICE_IPV4, Duration.ofMillis(50))) {
      Await.until(
          "renegotiations",
          Duration.ofSeconds(60),
          () -> client.log().count(RENEGOTIATED),
          count -> count > 8);
      assertThat(pings.stop().lost()).isLessThanOrEqualTo(2);
      assertNeverReconnected(client);
    }
  }

  private static void assertNeverReconnected(OpenVpnClient client) {
    assertThat(client.connections()).as(client.tail()).isEqualTo(1);
    assertThat(client.log().lines())
        .noneMatch(line -> line.contains("SIGUSR1") || line.contains("TLS Error"))
        .noneMatch(line -> line.contains("Inactivity timeout"));
  }
}

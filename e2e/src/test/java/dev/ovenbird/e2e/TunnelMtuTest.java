package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OldClient;
import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A tunnel for packets of less than 1500 bytes: {@code spec.mtu}. */
class TunnelMtuTest {
  private static final int MTU = 1400;
  private static final int PING_HEADERS = 28;

  private static Stage stage;

  @BeforeAll
  static void open() {
    ClusterSpec spec =
        new ClusterSpec().lanes(1).set("mtu", Integer.toString(MTU)).client("alice").client("old");
    stage = Stage.open(2, spec);
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @Test
  void both_ends_have_it_and_packets_of_that_size_pass() {
    Namespace alice = stage.connect(0, "alice").namespace();
    assertThat(links(alice)).contains("tun0 mtu " + MTU);
    assertThat(links(stage.lab().server())).contains("-0 mtu " + MTU);
    assertThat(ping(alice, MTU)).contains(" 0% packet loss");
    assertThat(ping(alice, MTU + 1)).contains("mtu=" + MTU);
    stage.assertServiceIsReached(0);
  }

  @Test
  void a_client_that_cannot_be_told_keeps_1500_and_is_served() {
    OpenVpnClient old =
        OpenVpnClient.start(
            stage.scope(),
            stage.lab().client(1),
            OldClient.make(stage.dir()),
            stage.cluster().profileFile("old"));
    Namespace namespace = old.awaitConnected(Stage.CONNECT).namespace();
    assertThat(old.log().count("tun-mtu")).isZero();
    assertThat(links(namespace)).contains("tun0 mtu 1500");
    assertThat(ping(namespace, 1500)).contains(" 0% packet loss");
    stage.assertServiceIsReached(1);
  }

  /** Each link's name and MTU. */
  private static String links(Namespace namespace) {
    return namespace.ip("-o", "link").replaceAll(": <[^>]*>", "");
  }

  /** What ping says of two packets that may not be cut on the way there. */
  private static String ping(Namespace from, int bytes) {
    String payload = Integer.toString(bytes - PING_HEADERS);
    return from.attempt(
            Duration.ofSeconds(15),
            "ping",
            "-4",
            "-n",
            "-c",
            "2",
            "-i",
            "0.2",
            "-W",
            "5",
            "-M",
            "do",
            "-s",
            payload,
            Lab.SERVICE_IPV4)
        .output();
  }
}

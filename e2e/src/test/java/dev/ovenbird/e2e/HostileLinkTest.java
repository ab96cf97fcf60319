package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.relay.Impairment;
import dev.ovenbird.e2e.relay.UdpRelay;
import dev.ovenbird.e2e.service.Texts;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a network may do to packets, and what someone in it may. */
@Tag("alone")
class HostileLinkTest {
  private Stage stage;

  @BeforeEach
  void open() {
    stage = Stage.open(1, new ClusterSpec().lanes(1).client("alice"));
  }

  @AfterEach
  void close() {
    stage.close();
  }

  @Test
  void client_connects_and_works_over_a_lossy_reordering_corrupting_link() {
    stage.relay(7).impair(Impairment.bad(5), Impairment.bad(5));
    OpenVpnClient client =
        stage.start(0, stage.relayed("alice")).awaitConnected(Duration.ofSeconds(90));
    // One echo of five is lost on such a line: in one run of eighty that is three in a row.
    for (String address : List.of(Lab.SERVICE_IPV4, Lab.SERVICE_IPV6)) {
      Await.until(
          "an answer of " + address,
          Duration.ofSeconds(20),
          () -> Ping.answers(client.namespace(), address),
          answered -> answered);
    }
    stage.assertServiceIsReachedByTcp(0);
    assertThat(client.connections()).isEqualTo(1);
  }

  @Test
  void client_whose_nat_changes_its_port_goes_on() {
    UdpRelay relay = stage.relay(8);
    OpenVpnClient client = stage.start(0, stage.relayed("alice")).awaitConnected(Stage.CONNECT);
    try (Ping pings = Ping.start(stage.lab().client(0), Lab.SERVICE_IPV4, Duration.ofMillis(100))) {
      for (int moves = 1; moves <= 3; moves++) {
        relay.rebind();
        int expected = moves;
        Await.until(
            "float",
            Duration.ofSeconds(10),
            () -> stage.cluster().instance(0).metric("ovenbird_sessions_moved_total", ""),
            moved -> moved >= expected);
      }
      stage.assertServiceIsReached(0);
      assertThat(pings.stop().lost()).isLessThanOrEqualTo(6);
    }
    assertThat(client.connections()).isEqualTo(1);
    assertThat(stage.sessions()).isEqualTo(1);
  }

  @Test
  void stranger_who_replays_or_forges_data_moves_no_session() throws Exception {
    UdpRelay relay = stage.relay(9);
    relay.capture(true);
    stage.start(0, stage.relayed("alice")).awaitConnected(Stage.CONNECT);
    stage.assertServiceIsReached(0);
    relay.capture(false);
    List<byte[]> captured = relay.captured();
    DatagramChannel stranger =
        stage
            .lab()
            .wan()
            .call(
                () ->
                    DatagramChannel.open()
                        .connect(new InetSocketAddress(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT)));
    try (stranger) {
      for (byte[] packet : captured) {
        boolean data = packet[0] >> 3 == 9;
        if (data) {
          stranger.write(ByteBuffer.wrap(packet));
          byte[] forged = packet.clone();
          forged[forged.length - 1] ^= 1;
          stranger.write(ByteBuffer.wrap(forged));
        }
      }
      stage.assertServiceIsReached(0);
      stranger.configureBlocking(false);
      assertThat(stranger.receive(ByteBuffer.allocate(2048))).as("an answer").isNull();
    }
    assertThat(stage.cluster().instance(0).metric("ovenbird_sessions_moved_total", "")).isZero();
  }

  @Test
  void replayed_packets_reach_nobody_twice() {
    UdpRelay relay = stage.relay(10);
    OpenVpnClient client = stage.start(0, stage.relayed("alice")).awaitConnected(Stage.CONNECT);
    relay.capture(true);
    Texts.send(client.namespace(), stage.sink().address(), "once", 200);
    Await.until(
        "all texts", Duration.ofSeconds(10), () -> stage.sink().seen().size(), n -> n == 200);
    relay.capture(false);
    double before = stage.dropped("data_replay");
    for (int round = 0; round < 3; round++) {
      relay.captured().forEach(relay::inject);
    }
    Await.until(
        "replays counted",
        Duration.ofSeconds(10),
        () -> stage.dropped("data_replay"),
        dropped -> dropped >= before + 600);
    Texts.send(client.namespace(), stage.sink().address(), "after", 1);
    Await.until(
        "one text more",
        Duration.ofSeconds(10),
        () -> stage.sink().seen(),
        seen -> seen.containsKey("after 0"));
    assertThat(stage.sink().seen().values()).allMatch(times -> times == 1);
    stage.assertServiceIsReached(0);
    assertThat(client.connections()).isEqualTo(1);
  }

  @Test
  void duplicated_and_corrupted_packets_arrive_once_and_whole_or_not_at_all() {
    UdpRelay relay = stage.relay(11);
    OpenVpnClient client = stage.start(0, stage.relayed("alice")).awaitConnected(Stage.CONNECT);
    relay.impair(Impairment.duplicating(50), Impairment.duplicating(50));
    Texts.send(client.namespace(), stage.sink().address(), "twice", 300);
    // What is late would be bent.
    Await.until(
        "all texts", Duration.ofSeconds(10), () -> stage.sink().seen().size(), n -> n == 300);
    relay.impair(Impairment.corrupting(50), Impairment.corrupting(50));
    Texts.send(client.namespace(), stage.sink().address(), "bent", 300);
    relay.impair(Impairment.NONE, Impairment.NONE);
    stage.assertServiceIsReached(0);
    Map<String, Integer> seen = stage.sink().seen();
    assertThat(seen.keySet()).allMatch(text -> text.matches("(twice|bent) \\d+"));
    assertThat(seen.values()).allMatch(times -> times == 1);
    assertThat(seen.keySet().stream().filter(text -> text.startsWith("twice"))).hasSize(300);
    assertThat(stage.dropped("decrypt_failed")).isPositive();
    assertThat(client.connections()).isEqualTo(1);
  }
}

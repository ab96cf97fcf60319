package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.Instance;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.relay.UdpRelay;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Any bytes whatever cost no more than a counter. */
@Tag("alone")
class WireGarbageTest {
  private static final long SEED = Long.getLong("garbage.seed", 20261121);
  private static final int PACKETS = 20_000;
  private static final int TCP_CONNECTIONS = 200;

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
  void random_and_mutated_packets_get_no_answer_and_make_no_state() throws IOException {
    List<byte[]> genuine = genuinePackets();
    Instance instance = stage.cluster().instance(0);
    stage.awaitSessions(0, Duration.ofSeconds(10));
    double opened = instance.metric("ovenbird_sessions_opened_total", "");
    SplittableRandom random = new SplittableRandom(SEED);
    DatagramChannel stranger = stage.lab().wan().call(WireGarbageTest::toLane0);
    int answers = 0;
    try (stranger) {
      stranger.configureBlocking(false);
      ByteBuffer buffer = ByteBuffer.allocate(4096);
      for (int i = 0; i < PACKETS; i++) {
        send(stranger, i % 2 == 0 ? noise(random) : mutated(genuine, random));
        if (i % 64 == 0) {
          // Its own pace is the server's: nothing is to be lost in a full socket buffer.
          instance.metric("ovenbird_sessions", "");
        }
        answers += received(stranger, buffer);
      }
      stage.connect(0, "alice");
      stage.assertServiceIsReached(0);
      answers += received(stranger, buffer);
    }
    assertThat(answers).as("answers, seed " + SEED).isZero();
    assertThat(instance.metric("ovenbird_sessions_opened_total", "")).isEqualTo(opened + 1);
    assertThat(instance.metric("ovenbird_sessions_half_open", "")).isZero();
    double dropped = instance.metric("ovenbird_dropped_packets_total", "");
    assertThat(dropped).as("counted drops").isGreaterThan(PACKETS * 0.9);
    assertThat(stage.cluster().instance(0).pid()).isEqualTo(instance.pid());
  }

  @Test
  void genuine_first_packets_get_a_smaller_answer_and_make_no_state() throws IOException {
    byte[] first = genuinePackets().getFirst();
    Instance instance = stage.cluster().instance(0);
    stage.awaitSessions(0, Duration.ofSeconds(10));
    DatagramChannel stranger = stage.lab().wan().call(WireGarbageTest::toLane0);
    try (stranger) {
      ByteBuffer buffer = ByteBuffer.allocate(4096);
      for (int i = 0; i < 50; i++) {
        send(stranger, first);
        buffer.clear();
        stranger.receive(buffer);
        assertThat(buffer.position()).isLessThan(first.length);
      }
    }
    assertThat(instance.metric("ovenbird_sessions_half_open", "")).isZero();
    assertThat(stage.sessions()).isZero();
  }

  @Test
  void garbage_over_tcp_ends_its_own_connection_only() {
    OpenVpnClient alice = stage.connect(0, "alice");
    SplittableRandom random = new SplittableRandom(SEED);
    try (Ping pings = Ping.start(alice.namespace(), Lab.SERVICE_IPV4, Duration.ofMillis(50))) {
      for (int i = 0; i < TCP_CONNECTIONS; i++) {
        byte[] noise = new byte[1 + random.nextInt(4000)];
        random.nextBytes(noise);
        assertThat(stage.lab().wan().call(() -> answerTo(noise))).as("seed " + SEED).isZero();
      }
      assertThat(pings.stop().lost()).isZero();
    }
    Instance instance = stage.cluster().instance(0);
    Await.until(
        "connections are closed",
        Duration.ofSeconds(60),
        () -> instance.metric("ovenbird_tcp_connections", ""),
        open -> open == 0);
    assertThat(alice.connections()).isEqualTo(1);
    assertThat(stage.sessions()).isEqualTo(1);
  }

  /** What a real client sends from its first packet to its last. */
  private List<byte[]> genuinePackets() {
    UdpRelay relay = stage.relay(1);
    relay.capture(true);
    OpenVpnClient client = stage.start(0, stage.relayed("alice")).awaitConnected(Stage.CONNECT);
    stage.assertServiceIsReached(0);
    client.close();
    List<byte[]> packets = new ArrayList<>(relay.captured());
    relay.close();
    // Handshake packets are few among the data: the first ones stand for them more often.
    List<byte[]> first = List.copyOf(packets.subList(0, Math.min(12, packets.size())));
    for (int i = 0; i < 40; i++) {
      packets.addAll(first);
    }
    return packets;
  }

  private static byte[] noise(SplittableRandom random) {
    byte[] packet = new byte[random.nextInt(1, 1600)];
    random.nextBytes(packet);
    return packet;
  }

  /** A genuine packet with some bits changed in what its wrap or tag protects, or cut short. */
  private static byte[] mutated(List<byte[]> genuine, SplittableRandom random) {
    byte[] original = genuine.get(random.nextInt(genuine.size()));
    if (random.nextInt(4) == 0) {
      return Arrays.copyOf(original, random.nextInt(1, original.length));
    }
    byte[] packet = original.clone();
    while (Arrays.equals(packet, original)) {
      int changes = random.nextInt(1, 8);
      for (int i = 0; i < changes; i++) {
        packet[random.nextInt(packet.length)] ^= (byte) random.nextInt(1, 256);
      }
    }
    return packet;
  }

  private static DatagramChannel toLane0() throws IOException {
    return DatagramChannel.open()
        .connect(new InetSocketAddress(Lab.SERVER_IPV4, ClusterSpec.UDP_PORT));
  }

  private static void send(DatagramChannel channel, byte[] packet) throws IOException {
    try {
      channel.write(ByteBuffer.wrap(packet));
    } catch (PortUnreachableException e) {
      throw new AssertionError("the server's port is closed", e);
    }
  }

  private static int received(DatagramChannel channel, ByteBuffer buffer) throws IOException {
    int count = 0;
    buffer.clear();
    while (channel.receive(buffer) != null) {
      count++;
      buffer.clear();
    }
    return count;
  }

  /** Bytes that come back before the server ends the connection, or has had time to answer. */
  private static int answerTo(byte[] noise) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getByName(Lab.SERVER_IPV4), ClusterSpec.TCP_PORT),
          5_000);
      socket.setSoTimeout(100);
      socket.getOutputStream().write(noise);
      InputStream in = socket.getInputStream();
      return Math.max(in.read(new byte[4096]), 0);
    } catch (java.net.SocketTimeoutException | java.net.SocketException e) {
      // No answer, or the connection was ended.
      return 0;
    }
  }
}

package dev.ovenbird.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.data.CompressionFraming;
import dev.ovenbird.protocol.data.DataAuth;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.DataKey;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every format of data packets, client against server, over bad links and renegotiations. */
class DataFormatsTest {
  private static final long SECOND = Simulation.SECOND;
  private static final List<LinkConditions> LINKS =
      List.of(LinkConditions.CLEAN, LinkConditions.LOSSY, LinkConditions.AWFUL);

  /** Of the record of a data key: packets and blocks sealed by the key of the send epoch. */
  private static final long SEALED = 32;

  private static final long GCM_LIMIT = (1L << 36) - 1;

  private static World world(long seed, List<DataCipher> ciphers) {
    return new World(
        seed,
        config -> config.withDataCiphers(ciphers).withRenegotiationNanos(30 * SECOND),
        World.PUSH);
  }

  private static SimulatedClient connected(
      World world, LinkConditions link, UnaryOperator<ClientConfig> changes) {
    SimulatedClient client = world.client(link, Transport.UDP, changes);
    world.connect(client);
    return client;
  }

  /** Traffic for two minutes, with renegotiations from both sides. */
  private static void live(World world, SimulatedClient client, LinkConditions link) {
    world.traffic(client, 50 * Simulation.MILLI);
    for (int i = 0; i < 3; i++) {
      world.simulation.run(20 * SECOND);
      client.renegotiate();
    }
    world.simulation.run(60 * SECOND);
    world.quiet();
    assertThat(client.closedReason).isNull();
    assertThat(world.server.closed).isEmpty();
    assertThat(client.renegotiations).isGreaterThanOrEqualTo(3);
    double expected = 0.95 * (1 - link.loss()) * (1 - link.corrupt());
    assertThat(delivered(client.toServer)).isGreaterThan(expected);
    assertThat(delivered(client.fromServer)).isGreaterThan(expected);
  }

  private static double delivered(NumberedPackets stream) {
    return (double) stream.delivered() / stream.sent();
  }

  static Stream<Arguments> aeadAndLinks() {
    return DataCipher.DEFAULT.stream()
        .flatMap(cipher -> LINKS.stream().map(link -> Arguments.of(cipher, link)));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("aeadAndLinks")
  void client_that_knows_epochs_gets_them(DataCipher cipher, LinkConditions link) {
    World world = world(21, List.of(cipher));
    SimulatedClient client = connected(world, link, config -> config);
    assertThat(client.pushed).contains("protocol-flags cc-exit tls-ekm aead-epoch");
    live(world, client, link);
    assertThat(client.sentPackets).anyMatch(packet -> epochOf(packet) == 1);
  }

  @Test
  void client_that_knows_no_epochs_gets_the_classic_format() {
    World world = world(22, DataCipher.DEFAULT);
    SimulatedClient client =
        connected(
            world,
            LinkConditions.LOSSY,
            config -> config.withFeatures(ClientConfig.Features.OPENVPN_2_6));
    assertThat(client.pushed).contains("protocol-flags cc-exit tls-ekm");
    live(world, client, LinkConditions.LOSSY);
  }

  /** Only the limits are not waited for: their counters are set in the records of both sides. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void epochs_follow_each_other_over_loss_and_renegotiation(boolean clientFirst) {
    World world = world(23, List.of(DataCipher.AES_256_GCM));
    SimulatedClient client = connected(world, LinkConditions.AWFUL, config -> config);
    world.traffic(client, 20 * Simulation.MILLI);
    for (int round = 0; round < 40; round++) {
      if (round % 10 == 9) {
        client.renegotiate();
      }
      exhaust((round % 2 == 0) == clientFirst ? client.record : world.server.records);
      world.simulation.run(2 * SECOND);
    }
    world.quiet();
    assertThat(client.closedReason).isNull();
    int highest = client.sentPackets.stream().mapToInt(DataFormatsTest::epochOf).max().orElse(0);
    assertThat(highest).isBetween(6, 41);
    double expected =
        0.9 * (1 - LinkConditions.AWFUL.loss()) * (1 - LinkConditions.AWFUL.corrupt());
    assertThat(delivered(client.toServer)).isGreaterThan(expected);
    assertThat(delivered(client.fromServer)).isGreaterThan(expected);
  }

  @Test
  void epochs_lose_nothing_on_a_clean_link() {
    World world = world(24, List.of(DataCipher.CHACHA20_POLY1305, DataCipher.AES_128_GCM));
    SimulatedClient client =
        connected(
            world,
            LinkConditions.CLEAN,
            config -> config.withDataCiphers(List.of(DataCipher.AES_128_GCM)));
    world.traffic(client, 10 * Simulation.MILLI);
    for (int round = 0; round < 20; round++) {
      exhaust(client.record);
      exhaust(world.server.records);
      world.simulation.run(SECOND);
    }
    world.quiet();
    assertThat(client.toServer.delivered()).isEqualTo(client.toServer.sent());
    assertThat(client.fromServer.delivered()).isEqualTo(client.fromServer.sent());
    assertThat(world.server.drops).doesNotContainKey(DropReason.DATA_EPOCH);
  }

  @Test
  void packets_of_forged_epochs_are_counted_and_nothing_else() {
    World world = world(25, DataCipher.DEFAULT);
    SimulatedClient client = connected(world, LinkConditions.CLEAN, config -> config);
    world.traffic(client, 20 * Simulation.MILLI);
    world.simulation.run(SECOND);
    byte[] captured =
        client.sentPackets.stream()
            .filter(packet -> epochOf(packet) == 1)
            .findFirst()
            .orElseThrow();
    for (int epoch = 0; epoch <= 0xFFFF; epoch++) {
      byte[] forged = captured.clone();
      forged[4] = (byte) (epoch >> 8);
      forged[5] = (byte) epoch;
      forged[11]++;
      world.server.receive(client.path(), forged);
    }
    world.quiet();
    assertThat(client.closedReason).isNull();
    assertThat(client.toServer.delivered()).isEqualTo(client.toServer.sent());
    assertThat(world.server.drops.get(DropReason.DATA_EPOCH)).isGreaterThan(65_000);
    assertThat(world.server.drops.get(DropReason.DECRYPT_FAILED)).isBetween(1, 10);
  }

  private static int epochOf(byte[] packet) {
    boolean data = packet.length > 28 && (packet[0] & 0xff) >>> 3 == 9;
    return data ? (packet[4] & 0xff) << 8 | (packet[5] & 0xff) : 0;
  }

  /** Has every live key send in its next epoch from its next packet on. */
  private static void exhaust(MemorySegment records) {
    for (long at = 0; at < records.byteSize(); at += DataKey.RECORD_BYTES) {
      if (records.get(ValueLayout.JAVA_LONG_UNALIGNED, at) != 0) {
        records.set(ValueLayout.JAVA_LONG_UNALIGNED, at + SEALED, GCM_LIMIT);
      }
    }
  }

  static Stream<Arguments> cbc() {
    return Stream.of(DataCipher.AES_256_CBC, DataCipher.AES_128_CBC)
        .flatMap(
            cipher ->
                Stream.of(DataAuth.values())
                    .map(auth -> Arguments.of(cipher, auth, LINKS.get(auth.ordinal()))));
  }

  @ParameterizedTest(name = "{0}, {1}, {2}")
  @MethodSource("cbc")
  void cbc_serves_a_client_with_the_digest_of_its_profile(
      DataCipher cipher, DataAuth auth, LinkConditions link) {
    World world = world(26, List.of(DataCipher.AES_256_GCM, cipher));
    SimulatedClient client = connected(world, link, config -> cbc(config, cipher, auth));
    assertThat(client.pushed).contains("cipher " + cipher.openvpnName());
    live(world, client, link);
  }

  private static ClientConfig cbc(ClientConfig config, DataCipher cipher, DataAuth auth) {
    return config
        .withDataCiphers(List.of(cipher))
        .withFeatures(ClientConfig.Features.CURRENT.with(auth, CompressionFraming.NONE));
  }

  @Test
  void cbc_serves_clients_without_exported_keys_or_peer_ids() {
    World world = world(27, List.of(DataCipher.AES_256_CBC));
    for (ClientConfig.Features old :
        List.of(ClientConfig.Features.OPENVPN_2_5, ClientConfig.Features.WITHOUT_PEER_ID)) {
      SimulatedClient client =
          connected(
              world,
              LinkConditions.LOSSY,
              config ->
                  config
                      .withDataCiphers(List.of(DataCipher.AES_256_CBC))
                      .withFeatures(old.with(DataAuth.SHA256, CompressionFraming.NONE)));
      world.traffic(client, 50 * Simulation.MILLI);
      world.simulation.run(20 * SECOND);
      assertThat(client.toServer.delivered()).isPositive();
      assertThat(client.fromServer.delivered()).isPositive();
    }
  }

  @Test
  void cbc_is_refused_unless_it_is_configured() {
    World world = world(28, DataCipher.DEFAULT);
    SimulatedClient client =
        world.client(
            LinkConditions.CLEAN,
            Transport.UDP,
            config -> cbc(config, DataCipher.AES_256_CBC, DataAuth.SHA1));
    world.simulation.runUntil(() -> client.closedReason != null, 10 * SECOND);
    assertThat(client.closedReason)
        .isEqualTo("AUTH_FAILED: Data channel cipher negotiation failed (no shared cipher)");
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionFraming.class,
      names = {"LZO", "STUB"})
  void client_with_compression_in_its_profile_is_served_without(CompressionFraming profile) {
    World world = world(29, DataCipher.DEFAULT);
    SimulatedClient client =
        connected(world, LinkConditions.AWFUL, config -> framed(config, profile, true));
    assertThat(client.pushed).contains("compress stub-v2");
    live(world, client, LinkConditions.AWFUL);
    assertThat(world.server.drops).doesNotContainKey(DropReason.COMPRESSED);
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionFraming.class,
      names = {"LZO", "STUB"})
  void old_client_with_compression_in_its_profile_is_told_not_to_compress(
      CompressionFraming profile) {
    World world = world(30, DataCipher.DEFAULT);
    SimulatedClient client =
        connected(world, LinkConditions.AWFUL, config -> framed(config, profile, false));
    assertThat(client.pushed).contains("comp-lzo no");
    live(world, client, LinkConditions.AWFUL);
    assertThat(world.server.drops).doesNotContainKey(DropReason.COMPRESSED);
  }

  private static ClientConfig framed(
      ClientConfig config, CompressionFraming framing, boolean current) {
    ClientConfig.Features features =
        current ? ClientConfig.Features.OPENVPN_2_5 : ClientConfig.Features.WITHOUT_PEER_ID;
    return config.withFeatures(features.with(DataAuth.DEFAULT, framing));
  }

  @Test
  void client_that_compresses_all_the_same_hears_why_it_cannot_stay() {
    World world = world(31, DataCipher.DEFAULT);
    SimulatedClient client = connected(world, LinkConditions.CLEAN, config -> config);
    client.send(new byte[] {(byte) 0xFA, 0x45, 0, 0, 20});
    world.simulation.run(SECOND);
    assertThat(world.server.drops).containsEntry(DropReason.COMPRESSED, 1);
    assertThat(client.closedReason).startsWith("AUTH_FAILED: this server refuses compressed");
    assertThat(world.server.closed).containsExactly("client1 CUT_OFF");
  }

  @Test
  void server_that_compresses_all_the_same_is_left() {
    World world = world(32, DataCipher.DEFAULT);
    SimulatedClient client = connected(world, LinkConditions.CLEAN, config -> config);
    world.server.send("client1", new byte[] {0x50, 1, 2, 3});
    world.simulation.run(SECOND);
    assertThat(client.closedReason).startsWith("the server compresses packets");
  }
}

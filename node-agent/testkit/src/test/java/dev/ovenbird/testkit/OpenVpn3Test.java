package dev.ovenbird.testkit;

import static dev.ovenbird.testkit.Duel.HERE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.data.CompressionFraming;
import dev.ovenbird.protocol.data.DataAuth;
import dev.ovenbird.protocol.message.IvProto;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.session.ServerSession;
import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.MalformedPacketException;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.TlsCrypt;
import dev.ovenbird.protocol.wrap.Unwrapped;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What OpenVPN 3 does otherwise than 2.x in renegotiations, as seen of core 3.10.4. */
class OpenVpn3Test {
  private static final long SECOND = Simulation.SECOND;
  private static final int RENEGOTIATION_SECONDS = 5;

  private final SeededRandom random = new SeededRandom(20_261_122);
  private final TestPki pki = new TestPki(random, 1_790_000_000L);
  private final ClientKeyFile key = pki.clientKey("client1");
  private final BareServer server =
      new BareServer(
          ServerConfig.of(List.of(pki.serverKey()), NoTls.server(NoTls.named("client1")))
              .withRenegotiationNanos(RENEGOTIATION_SECONDS * SECOND),
          random);

  /**
   * It keeps two keys, sends on the older for its hand window, and gives up the newer one for the
   * next: resets that come faster would leave it on the first key for ever, and that one was lost.
   */
  @ParameterizedTest
  @ValueSource(strings = {"v3.10.4", "3.11.7"})
  void next_soft_reset_waits_for_data_on_the_key_of_the_last(String version) {
    BareClient client = connected(version);
    for (int second = 1; second <= 60; second++) {
      pass(client, SECOND);
      server.receive(HERE, client.sealed(new byte[60], server.bootNanos));
      assertThat(keyIdOfServersData(client)).isZero();
    }
    assertThat(server.tunnelPackets).hasSize(60);
    assertThat(client.renegotiations).isEqualTo(1);

    promote(client);
    assertThat(keyIdOfServersData(client)).isEqualTo(1);
    pass(client, 2 * SECOND);
    assertThat(client.renegotiations).isEqualTo(2);
    assertThat(client.closedReason).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"2.6.14", "2.7.8"})
  void soft_resets_to_others_come_when_they_are_due(String version) {
    BareClient client = connected(version);
    for (int second = 1; second <= 60; second++) {
      pass(client, SECOND);
    }
    assertThat(client.renegotiations).isGreaterThanOrEqualTo(60 / (RENEGOTIATION_SECONDS + 1) - 1);
  }

  /** No SOFT_RESET of its own comes first. */
  @ParameterizedTest
  @ValueSource(strings = {"v3.10.4", "3.11.7"})
  void client_hello_as_message_0_answers_a_soft_reset(String version) throws Exception {
    BareClient client = connected(version);
    server.advance((RENEGOTIATION_SECONDS + 1) * SECOND);
    for (int i = 0; i < 10; i++) {
      client.runTasks(server.bootNanos, server.wallSeconds);
      for (byte[] packet; (packet = client.out.poll()) != null; ) {
        byte[] told = withoutReset(packet);
        if (told.length > 0) {
          server.receive(HERE, told);
        }
      }
      server.runTasks();
      List<BareServer.Sent> sent = new ArrayList<>(server.sent);
      server.sent.clear();
      for (BareServer.Sent each : sent) {
        client.receive(withResetAcknowledged(each.packet()), server.bootNanos, server.wallSeconds);
      }
    }
    assertThat(server.failures).isEmpty();
    assertThat(client.renegotiations).isEqualTo(1);
    promote(client);
    assertThat(keyIdOfServersData(client)).isEqualTo(1);
  }

  private BareClient connected(String version) {
    ClientConfig.Features features =
        new ClientConfig.Features(
            true,
            Set.of(
                IvProto.DATA_V2,
                IvProto.REQUEST_PUSH,
                IvProto.TLS_KEY_EXPORT,
                IvProto.CC_EXIT_NOTIFY),
            true,
            DataAuth.DEFAULT,
            CompressionFraming.NONE,
            version);
    BareClient client =
        new BareClient(
            ClientConfig.of(key, NoTls.client(NoTls.named("server")), Transport.UDP, true)
                .withFeatures(features),
            HERE,
            random);
    client.start(server);
    client.exchange(server);
    Objects.requireNonNull(client.pushed, "not connected: " + client.closedReason);
    return client;
  }

  private void pass(BareClient client, long nanos) {
    server.advance(nanos);
    client.endpoint().timeout(server.bootNanos, server.wallSeconds);
    client.exchange(server);
  }

  /** The client sends with its newest key: ours does so when it would renegotiate. */
  private void promote(BareClient client) {
    client.endpoint().renegotiate(server.bootNanos, server.wallSeconds);
    client.out.clear();
    server.receive(HERE, client.sealed(new byte[60], server.bootNanos));
  }

  /** Of a packet that the server sends to the client now. */
  private int keyIdOfServersData(BareClient client) {
    ServerSession session = server.endpoint().sessions().iterator().next();
    byte[] out = new byte[200];
    int length =
        session.seal(
            MemorySegment.ofArray(new byte[60]),
            0,
            60,
            MemorySegment.ofArray(out),
            0,
            server.bootNanos);
    int delivered = client.tunnelPackets.size();
    int keyId = Opcode.keyId(out[0]);
    client.receive(Arrays.copyOf(out, length), server.bootNanos, server.wallSeconds);
    assertThat(client.tunnelPackets).hasSize(delivered + 1);
    return keyId;
  }

  /** A client's packet without its soft reset: all that follows counts from 0. Empty if none. */
  private byte[] withoutReset(byte[] packet) throws MalformedPacketException {
    Opcode opcode = Opcode.ofFirstByte(packet[0] & 0xff);
    if (Opcode.keyId(packet[0]) == 0 || opcode == Opcode.DATA_V2) {
      return packet;
    }
    Unwrapped unwrapped =
        Objects.requireNonNull(
            new TlsCrypt(key.key(), Role.SERVER).unwrap(packet.clone(), packet.length));
    ControlBody body = ControlBody.parse(opcode == Opcode.ACK_V1, unwrapped.body());
    int first = unwrapped.firstByte();
    if (opcode == Opcode.CONTROL_SOFT_RESET_V1) {
      if (body.acks().length == 0) {
        return new byte[0];
      }
      first = Opcode.firstByte(Opcode.ACK_V1, Opcode.keyId(packet[0]));
      body = ControlBody.acknowledgement(body.acks(), body.receiver());
    } else if (!body.isAckOnly()) {
      body = new ControlBody(body.acks(), body.receiver(), body.messageId() - 1, body.payload());
    }
    return new TlsCrypt(key.key(), Role.CLIENT)
        .wrap(first, unwrapped.sender(), unwrapped.replayId(), body.encode());
  }

  /** A server's packet as a client takes it that has sent a soft reset. */
  private byte[] withResetAcknowledged(byte[] packet) throws MalformedPacketException {
    Opcode opcode = Opcode.ofFirstByte(packet[0] & 0xff);
    if (Opcode.keyId(packet[0]) == 0 || opcode == Opcode.DATA_V2) {
      return packet;
    }
    Unwrapped unwrapped =
        Objects.requireNonNull(
            new TlsCrypt(key.key(), Role.CLIENT).unwrap(packet.clone(), packet.length));
    ControlBody body = ControlBody.parse(opcode == Opcode.ACK_V1, unwrapped.body());
    if (body.acks().length == 0) {
      return packet;
    }
    int[] acks =
        IntStream.concat(IntStream.of(0), Arrays.stream(body.acks()).map(ack -> ack + 1))
            .limit(ControlBody.MAX_ACKS)
            .toArray();
    body = new ControlBody(acks, body.receiver(), body.messageId(), body.payload());
    return new TlsCrypt(key.key(), Role.SERVER)
        .wrap(unwrapped.firstByte(), unwrapped.sender(), unwrapped.replayId(), body.encode());
  }
}

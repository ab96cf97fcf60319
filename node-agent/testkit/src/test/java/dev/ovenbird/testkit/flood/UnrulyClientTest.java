package dev.ovenbird.testkit.flood;

import static dev.ovenbird.testkit.Duel.HERE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.auth.AuthTokenKey;
import dev.ovenbird.protocol.auth.AuthTokens;
import dev.ovenbird.protocol.auth.Authenticator;
import dev.ovenbird.protocol.auth.PasswordPolicy;
import dev.ovenbird.protocol.message.ClientKeyMethod2;
import dev.ovenbird.protocol.session.AuthenticationTask;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.session.SlowTask;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.tls.TlsEngine;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.testkit.BareClient;
import dev.ovenbird.testkit.BareServer;
import dev.ovenbird.testkit.Duel;
import dev.ovenbird.testkit.Forger;
import dev.ovenbird.testkit.NoTls;
import dev.ovenbird.testkit.Simulation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients with a right to be here, who behave as no client does. */
class UnrulyClientTest {
  private static final long SECOND = Simulation.SECOND;
  private static final int[] NO_ACKS = {};
  private static final LinkPath THERE = BareServer.path(Transport.UDP, 0xcb007105, 50_000);

  private final Duel duel = Duel.withoutTls();
  private final BareServer server = duel.server;

  /** A session of our own making, as far as KEYED. */
  private Forger open(ClientKeyFile key) {
    Forger forger = new Forger(key, 4711);
    server.receive(THERE, forger.reset());
    forger.answered(server.sent.getLast().packet());
    server.receive(THERE, forger.third(NoTls.record(NoTls.HELLO, new byte[0])));
    return forger;
  }

  @Test
  void client_that_renegotiates_without_end_gets_one_each_second() {
    BareClient client = duel.connected("client1", HERE);
    for (int i = 0; i < 1000; i++) {
      client.endpoint().renegotiate(server.bootNanos, server.wallSeconds);
      client.exchange(server);
      server.advance(SECOND / 100);
      client.endpoint().timeout(server.bootNanos, server.wallSeconds);
      client.exchange(server);
    }
    assertThat(client.closedReason).isNull();
    assertThat(client.renegotiations).isBetween(3, 10);
    assertThat(server.drops(DropReason.LIMIT)).isPositive();
    server.receive(HERE, client.sealed(new byte[50], server.bootNanos));
    assertThat(server.tunnelPackets).hasSize(1);
  }

  @Test
  void what_waits_for_a_busy_tls_engine_is_bounded_and_sent_again() {
    Forger forger = open(duel.pki.clientKey("client1"));
    int accepted = 0;
    for (int id = 2; id < 500; id++) {
      int full = server.drops(DropReason.QUEUE_FULL);
      server.receive(THERE, forger.packet(Opcode.CONTROL_V1, 0, NO_ACKS, id, new byte[1100]));
      accepted += server.drops(DropReason.QUEUE_FULL) == full ? 1 : 0;
      if (server.drops(DropReason.QUEUE_FULL) > 0) {
        break;
      }
    }
    assertThat(accepted * 1100).isBetween(60_000, 70_000);
    int refused = accepted + 2;
    server.runTasks();
    server.sent.clear();
    server.receive(THERE, forger.packet(Opcode.CONTROL_V1, 0, NO_ACKS, refused, new byte[1100]));
    assertThat(server.drops(DropReason.QUEUE_FULL)).isEqualTo(1);
  }

  /** Found by comparing with stock openvpn, which drops them: they took a message's place. */
  @ParameterizedTest
  @EnumSource(
      value = Opcode.class,
      names = {
        "CONTROL_HARD_RESET_CLIENT_V1",
        "CONTROL_HARD_RESET_SERVER_V1",
        "CONTROL_HARD_RESET_SERVER_V2"
      })
  void what_no_client_says_takes_no_messages_place(Opcode opcode) {
    Forger forger = open(duel.pki.clientKey("client1"));
    server.receive(THERE, forger.packet(opcode, 0, NO_ACKS, 2, new byte[0]));
    assertThat(server.drops(DropReason.UNKNOWN_OPCODE)).isEqualTo(1);
  }

  @Test
  void client_that_acknowledges_nothing_never_becomes_a_session() {
    Forger forger = open(duel.pki.clientKey("client1"));
    for (int second = 0; second < 70; second++) {
      server.runTasks();
      server.advance(SECOND);
    }
    // The server's hello again and again, at growing intervals.
    assertThat(server.sent).hasSizeLessThan(20);
    assertThat(server.endpoint().halfOpenSessions()).isZero();
    assertThat(server.endpoint().nextDeadline()).isEqualTo(Long.MAX_VALUE);
    assertThat(forger.reset()).isNotEmpty();
  }

  @Test
  void session_whose_client_acknowledges_nothing_more_keeps_a_bounded_heap_of_unsent_bytes() {
    BareClient client = duel.connected("client1", HERE);
    // PUSH_REPLY is acknowledged; from here on nothing is, whatever the client asks for.
    server.sent.clear();
    for (int i = 0; i < 500; i++) {
      client.endpoint().renegotiate(server.bootNanos, server.wallSeconds);
      client.runTasks(server.bootNanos, server.wallSeconds);
      byte[] packet;
      while ((packet = client.out.poll()) != null) {
        server.receive(HERE, packet);
      }
      server.runTasks();
      server.advance(SECOND);
    }
    assertThat(server.sent).hasSizeLessThan(500);
  }

  @Test
  void client_that_never_asks_for_its_options_is_gone_after_the_hand_window() {
    Forger forger = open(duel.pki.clientKey("client1"));
    server.runTasks();
    // Without IV_PROTO it must ask by PUSH_REQUEST; it says this and no more.
    byte[] said =
        new ClientKeyMethod2(
                new byte[48],
                new byte[32],
                new byte[32],
                "V4",
                "",
                new byte[0],
                "IV_VER=2.4.0\nIV_CIPHERS=AES-256-GCM\n")
            .encode();
    byte[] record = NoTls.record(NoTls.DATA, said);
    server.receive(THERE, forger.packet(Opcode.CONTROL_V1, 0, new int[] {1}, 2, record));
    server.runTasks();
    server.receive(THERE, forger.packet(Opcode.ACK_V1, 0, new int[] {1, 2, 3}, -1, new byte[0]));
    server.runTasks();
    server.advance(30 * SECOND);
    assertThat(server.endpoint().halfOpenSessions()).isEqualTo(1);
    server.advance(31 * SECOND);
    assertThat(server.failures).containsExactly("no PUSH_REQUEST within the hand window");
    assertThat(server.endpoint().halfOpenSessions()).isZero();
    server.advance(6 * SECOND);
    assertThat(server.endpoint().nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void client_that_gives_its_log_ins_up_has_no_more_than_two_that_wait() {
    server.passwords =
        new PasswordPolicy(
            _ -> new Authenticator.Decision.Accepted(),
            new AuthTokens(List.of(AuthTokenKey.of(new byte[AuthTokenKey.BYTES])), 0, 3600));
    List<AuthenticationTask> waiting = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      logInAndLeave("client1", i, waiting);
    }
    assertThat(waiting).hasSize(2);
    assertThat(server.drops(DropReason.LIMIT)).isEqualTo(48);
    logInAndLeave("client2", 50, waiting);
    assertThat(waiting).as("another client's").hasSize(3);
    waiting.forEach(
        task -> {
          task.run();
          server.endpoint().completed(task, server.bootNanos, server.wallSeconds);
        });
    waiting.clear();
    logInAndLeave("client1", 51, waiting);
    assertThat(waiting).hasSize(1);
    assertThat(server.opened).isZero();
  }

  /** Sends a password, and EXIT before anybody has looked at it. */
  private void logInAndLeave(String name, int session, List<AuthenticationTask> waiting) {
    Forger forger = new Forger(duel.pki.clientKey(name), 5000 + session);
    server.receive(THERE, forger.reset());
    forger.answered(server.sent.getLast().packet());
    server.receive(THERE, forger.third(NoTls.record(NoTls.HELLO, new byte[0])));
    runComputing(waiting);
    byte[] said =
        new ClientKeyMethod2(
                new byte[48],
                new byte[32],
                new byte[32],
                "V4",
                "alice",
                "secret".getBytes(US_ASCII),
                "IV_VER=2.6.0\nIV_CIPHERS=AES-256-GCM\n")
            .encode();
    byte[] message = NoTls.record(NoTls.DATA, said);
    server.receive(THERE, forger.packet(Opcode.CONTROL_V1, 0, new int[] {1}, 2, message));
    runComputing(waiting);
    byte[] exit = NoTls.record(NoTls.DATA, "EXIT\0".getBytes(US_ASCII));
    server.receive(THERE, forger.packet(Opcode.CONTROL_V1, 0, NO_ACKS, 3, exit));
    runComputing(waiting);
  }

  /** Runs all slow tasks but the questions to the authenticator. */
  private void runComputing(List<AuthenticationTask> waiting) {
    SlowTask task;
    while ((task = server.tasks.poll()) != null) {
      if (task instanceof AuthenticationTask question) {
        waiting.add(question);
      } else {
        task.run();
        server.endpoint().completed(task, server.bootNanos, server.wallSeconds);
      }
    }
  }

  @Test
  void message_longer_than_the_limit_ends_its_negotiation() {
    Forger forger = open(duel.pki.clientKey("client1"));
    server.runTasks();
    byte[] record = NoTls.record(NoTls.DATA, new byte[3000]);
    for (int part = 0; part < 3; part++) {
      byte[] bytes =
          Arrays.copyOfRange(record, 1100 * part, Math.min(record.length, 1100 * (part + 1)));
      server.receive(THERE, forger.packet(Opcode.CONTROL_V1, 0, NO_ACKS, 2 + part, bytes));
      server.runTasks();
    }
    assertThat(server.failures).containsExactly("control message of 3000 bytes");
    assertThat(server.endpoint().halfOpenSessions()).isZero();
  }

  @Test
  void client_that_makes_tls_write_and_acknowledges_nothing_is_given_up() {
    TlsEngineFactory chatty = NoTls.server(NoTls.named("client1"));
    BareServer talker =
        new BareServer(
            ServerConfig.of(List.of(duel.pki.serverKey()), () -> new Echo(chatty.create())),
            duel.random);
    Forger forger = new Forger(duel.pki.clientKey("client1"), 4711);
    talker.receive(THERE, forger.reset());
    forger.answered(talker.sent.getLast().packet());
    talker.receive(THERE, forger.third(NoTls.record(NoTls.HELLO, new byte[0])));
    talker.runTasks();
    for (int id = 2; id < 400 && talker.failures.isEmpty(); id++) {
      byte[] empty = NoTls.record(NoTls.DATA, new byte[0]);
      talker.receive(THERE, forger.packet(Opcode.CONTROL_V1, 0, NO_ACKS, id, empty));
      talker.runTasks();
    }
    assertThat(talker.failures).containsExactly("the peer acknowledges nothing");
    assertThat(talker.sent).hasSizeLessThan(500);
  }

  /** Answers whatever comes with a kilobyte, as key updates would by less. */
  private record Echo(TlsEngine engine) implements TlsEngine {
    @Override
    public void start() {
      engine.start();
    }

    @Override
    public void offer(byte[] ciphertext) {
      engine.offer(ciphertext);
    }

    @Override
    public void write(byte[] plaintext) {
      engine.write(plaintext);
    }

    @Override
    public byte[] takeOutput() {
      byte[] output = engine.takeOutput();
      return Arrays.copyOf(output, output.length + 1024);
    }

    @Override
    public List<byte[]> takePlaintexts() {
      return engine.takePlaintexts();
    }

    @Override
    public boolean isHandshakeComplete() {
      return engine.isHandshakeComplete();
    }

    @Override
    public @Nullable String failure() {
      return engine.failure();
    }

    @Override
    public @Nullable PeerIdentity peer() {
      return engine.peer();
    }

    @Override
    public byte[] exportDataKeys() {
      return engine.exportDataKeys();
    }

    @Override
    public byte[] exportWrapKey() {
      return engine.exportWrapKey();
    }

    @Override
    public void forgetExports() {
      engine.forgetExports();
    }

    @Override
    public void close() {
      engine.close();
    }
  }

  @Test
  void replay_ids_that_jump_ahead_shut_out_only_who_jumped() {
    ClientKeyFile key = duel.pki.clientKey("client1");
    Forger forger = open(key);
    forger.jump(-2, -1);
    server.receive(THERE, forger.packet(Opcode.ACK_V1, 0, new int[] {0}, -1, new byte[0]));
    forger.jump(100, 100);
    server.receive(THERE, forger.packet(Opcode.CONTROL_V1, 0, NO_ACKS, 2, new byte[10]));
    assertThat(server.drops(DropReason.CONTROL_REPLAY)).isEqualTo(1);
    // The id space ends: the last id there is, then none that is new.
    forger.jump(-2, -1);
    server.receive(THERE, forger.packet(Opcode.CONTROL_V1, 0, NO_ACKS, 2, new byte[10]));
    assertThat(server.drops(DropReason.CONTROL_REPLAY)).isEqualTo(2);
    assertThat(duel.connected("client2", HERE).pushed).isNotNull();
  }

  @Test
  void message_ids_beyond_the_window_are_refused_up_to_the_last_there_is() {
    Forger forger = open(duel.pki.clientKey("client1"));
    for (long id : new long[] {14, 1000, 0x7fffffffL, 0x80000000L, 0xffffffffL}) {
      server.receive(THERE, forger.packet(Opcode.CONTROL_V1, 0, NO_ACKS, id, new byte[10]));
    }
    assertThat(server.drops(DropReason.MALFORMED)).isEqualTo(5);
    for (int ack : new int[] {5, 1000, -1, Integer.MIN_VALUE}) {
      server.receive(THERE, forger.packet(Opcode.ACK_V1, 0, new int[] {ack}, -1, new byte[0]));
    }
    assertThat(server.endpoint().halfOpenSessions()).isEqualTo(1);
  }

  @Test
  void sessions_live_through_any_jump_of_the_wall_clock() {
    BareClient client = duel.connected("client1", HERE);
    for (long wall : new long[] {0, 1, 1_790_000_000L, 0x7fffffffL, 0xffffffffL, 1L << 33}) {
      server.wallSeconds = wall;
      server.advance(2 * SECOND);
      client.endpoint().renegotiate(server.bootNanos, server.wallSeconds);
      client.exchange(server);
      server.receive(HERE, client.sealed(new byte[50], server.bootNanos));
    }
    assertThat(client.renegotiations).isEqualTo(6);
    assertThat(server.tunnelPackets).hasSize(6);
    assertThat(server.closed).isEmpty();
  }

  @Test
  void packet_ids_of_data_that_jump_to_the_end_end_only_their_own_session() {
    BareClient client = duel.connected("client1", HERE);
    byte[] packet = client.sealed(new byte[50], server.bootNanos);
    // Two bytes of epoch, then six of packet id (digest 5.5).
    byte[] lastId = packet.clone();
    Arrays.fill(lastId, 6, 12, (byte) 0xff);
    server.receive(HERE, lastId);
    assertThat(server.drops(DropReason.DECRYPT_FAILED)).isEqualTo(1);
    byte[] lastEpoch = packet.clone();
    Arrays.fill(lastEpoch, 4, 6, (byte) 0xff);
    server.receive(HERE, lastEpoch);
    assertThat(server.drops(DropReason.DATA_EPOCH)).isEqualTo(1);
    server.receive(HERE, packet);
    assertThat(server.tunnelPackets).hasSize(1);
  }

  @Test
  void task_that_found_no_room_fails_its_negotiation_and_gives_everything_back() {
    for (int round = 0; round < 200; round++) {
      BareClient client = duel.client("client" + round, HERE);
      client.start(server);
      for (int step = 0; step < 12; step++) {
        client.runTasks(server.bootNanos, server.wallSeconds);
        byte[] packet;
        while ((packet = client.out.poll()) != null) {
          server.receive(HERE, packet);
        }
        SlowTask task;
        int ran = 0;
        while ((task = server.tasks.poll()) != null) {
          // The first tasks run, then there is no room: at every stage once.
          if (step + ran++ < round % 6) {
            task.run();
          } else {
            task.abandon();
          }
          server.endpoint().completed(task, server.bootNanos, server.wallSeconds);
        }
        server.sent.forEach(
            sent -> client.receive(sent.packet(), server.bootNanos, server.wallSeconds));
        server.sent.clear();
      }
      server.advance(100 * SECOND);
      server.advance(6 * SECOND);
    }
    assertThat(server.endpoint().halfOpenSessions()).isZero();
    assertThat(server.endpoint().sessions()).isEmpty();
    // All peer ids are free again: as many clients as there are fit.
    for (int i = 0; i < 300; i++) {
      LinkPath path = BareServer.path(Transport.UDP, 0x0b000000 | i, 1194);
      duel.connected("again" + i, path);
      assertThat(server.endpoint().session(i)).as("peer id %d", i).isNotNull();
    }
  }
}

package dev.ovenbird.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A server that dies and is started again over the memory that it leaves. That nothing is delivered
 * twice, changed, or to somebody else is checked with every packet by {@link NumberedPackets}; that
 * no nonce is used twice by {@link WitnessedAead}.
 */
class CrashTest {
  private static final long SECOND = Simulation.SECOND;
  private static final long MILLI = Simulation.MILLI;

  /** The life of two clients until {@link #LIFE_NANOS}, with a renegotiation from either side. */
  private static final long LIFE_NANOS = 1500 * MILLI;

  private static final int STRIDE = Integer.getInteger("crash.stride", 11);
  private static final Wraps V2 = Wraps.TLS_CRYPT_V2;
  private static final Kind V27 = new Kind("2.7", ClientConfig.Features.CURRENT, V2, true);

  /** A kind of client, and how its control packets are protected. */
  record Kind(String name, ClientConfig.Features features, Wraps wrap, boolean renewed) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Kind> kinds() {
    return Stream.of(
        V27,
        new Kind("2.6", ClientConfig.Features.OPENVPN_2_6, Wraps.TLS_CRYPT, false),
        new Kind("2.5", ClientConfig.Features.OPENVPN_2_5, Wraps.TLS_AUTH_SHA256, false));
  }

  /** Two clients of a server that is killed once. */
  private static final class Life {
    final World world;
    final WitnessedAead aead = new WitnessedAead();
    final List<SimulatedClient> clients = new ArrayList<>();
    int steps;

    Life(long seed, Kind kind, LinkConditions link) {
      this(seed, kind, link, World.PUSH);
    }

    Life(long seed, Kind kind, LinkConditions link, List<String> push) {
      world = new World(seed, (pki, config) -> config(pki, config, kind), push);
      world.server.keepSessions();
      for (int i = 1; i <= 2; i++) {
        SimulatedClient client =
            world.client(
                link,
                Transport.UDP,
                config ->
                    config
                        .withFeatures(kind.features)
                        .withWrap(kind.wrap.of(world.pki, "client" + (world.clients.size() + 1))));
        clients.add(client);
      }
    }

    private ServerConfig config(TestPki pki, ServerConfig config, Kind kind) {
      ServerConfig small =
          config.withLimits(new ServerConfig.Limits(4, 10, 10, 5000, 2048)).withAead(aead);
      UnaryOperator<ServerConfig> wraps = Wraps.all(pki, kind.renewed);
      return wraps.apply(small).withRenegotiationNanos(800 * MILLI);
    }

    /** Lives until the server dies, and well beyond. */
    void run(@Nullable Consumer<Life> atEachStep) {
      world.simulation.invariant(
          () -> {
            steps++;
            if (atEachStep != null) {
              atEachStep.accept(this);
            }
          });
      clients.forEach(client -> whenConnected(client, () -> world.traffic(client, 40 * MILLI)));
      world.simulation.run(LIFE_NANOS);
    }

    private void whenConnected(SimulatedClient client, Runnable then) {
      world.simulation.after(
          5 * MILLI,
          () -> {
            if (client.isConnected()) {
              then.run();
            } else {
              whenConnected(client, then);
            }
          });
    }
  }

  private static void killed(
      Kind kind, int mayLose, String what, Predicate<Life> when, Consumer<SimulatedServer> how) {
    Life life = new Life(1, kind, LinkConditions.CLEAN);
    List<SimulatedClient> connected = new ArrayList<>();
    int[] crashes = new int[1];
    life.world.server.beforeCrash =
        () -> {
          crashes[0]++;
          life.clients.stream().filter(SimulatedClient::isConnected).forEach(connected::add);
        };
    life.run(
        each -> {
          if (when.test(each)) {
            how.accept(each.world.server);
          }
        });
    life.world.server.beforeCrash = () -> {};
    assertThat(crashes[0]).as(what).isEqualTo(1);
    settles(life, connected, mayLose, what);
  }

  /**
   * After the crash: the sessions of connected clients go on, with new keys, and nobody is stuck.
   */
  private static void settles(
      Life life, List<SimulatedClient> connected, int mayLose, String what) {
    int[] before = connected.stream().mapToInt(client -> client.renegotiations).toArray();
    World world = life.world;
    boolean renewed =
        world.simulation.runUntil(
            () -> {
              for (int i = 0; i < before.length; i++) {
                if (connected.get(i).renegotiations <= before[i]) {
                  return false;
                }
              }
              return true;
            },
            130 * SECOND);
    assertThat(renewed)
        .as(what + " new keys\n" + String.join("\n", world.simulation.log()))
        .isTrue();
    assertThat(
            world.simulation.runUntil(
                () -> life.clients.stream().noneMatch(CrashTest::waits), 130 * SECOND))
        .as(what + ": a client waits for ever")
        .isTrue();
    world.quiet();
    for (SimulatedClient client : connected) {
      assertThat(client.closedReason).as(what).isNull();
      assertThat(client.toServer.sent() - client.toServer.delivered())
          .as(what + " lost on the way up")
          .isLessThanOrEqualTo(mayLose);
      assertThat(client.fromServer.sent() - client.fromServer.delivered())
          .as(what + " lost on the way down")
          .isLessThanOrEqualTo(mayLose);
    }
    replayIdsAreUnique(world.server.sentPackets, what);
    replayedCaptureIsRefused(life);
  }

  /** Whether it is neither connected nor has given up, to try the next remote. */
  private static boolean waits(SimulatedClient client) {
    return !client.isConnected() && client.closedReason == null;
  }

  /** All that the clients have ever sent, once more: NumberedPackets fails if one is delivered. */
  private static void replayedCaptureIsRefused(Life life) {
    SimulatedServer server = life.world.server;
    server.crash();
    int before = server.drops.getOrDefault(DropReason.CONTROL_REPLAY, 0);
    for (SimulatedClient client : life.clients) {
      for (byte[] captured : List.copyOf(client.sentPackets)) {
        server.receive(client.path(), captured.clone());
      }
    }
    if (!server.endpoint().sessions().isEmpty()) {
      assertThat(server.drops.getOrDefault(DropReason.CONTROL_REPLAY, 0)).isGreaterThan(before);
    }
  }

  /** Of control packets of one session, under each of its two wraps. */
  private static void replayIdsAreUnique(List<byte[]> sent, String what) {
    Set<List<Long>> seen = new HashSet<>();
    for (byte[] packet : sent) {
      int first = packet[0] & 0xff;
      Opcode opcode = Opcode.ofFirstByte(first);
      // The stateless answer is the same each time, and so is its id.
      boolean stateless = opcode == Opcode.CONTROL_HARD_RESET_SERVER_V2;
      if (opcode != Opcode.DATA_V1 && opcode != Opcode.DATA_V2 && !stateless) {
        ByteBuffer in = ByteBuffer.wrap(packet);
        long wrap = Opcode.keyId(first) > 0 ? 1 : 0;
        assertThat(seen.add(List.of(in.getLong(1), wrap, in.getLong(9))))
            .as(what + ": a replay id was used twice")
            .isTrue();
      }
    }
  }

  /** All events would take minutes: one of {@link #STRIDE}, others for each kind of client. */
  @ParameterizedTest
  @MethodSource("kinds")
  void sessions_go_on_whenever_the_server_is_killed_between_two_events(Kind kind) {
    Life whole = new Life(1, kind, LinkConditions.CLEAN);
    whole.run(null);
    assertThat(whole.clients).allMatch(client -> client.renegotiations > 0);
    for (int step = kind.name.hashCode() % STRIDE + 1; step < whole.steps; step += STRIDE) {
      int at = step;
      killed(kind, 0, "killed at step " + step, life -> life.steps == at, SimulatedServer::crash);
    }
  }

  /** With a packet that is made and has not left, and with one that is the last to leave. */
  @ParameterizedTest
  @MethodSource("kinds")
  void sessions_go_on_whenever_the_server_is_killed_while_it_sends(Kind kind) {
    Life whole = new Life(1, kind, LinkConditions.CLEAN);
    whole.run(null);
    // Not the last ones: which those are depends on the moment.
    int packets = whole.world.server.sentPackets.size() - 5;
    for (int packet = 0; packet < packets; packet += STRIDE) {
      int at = packet;
      boolean leaves = packet / STRIDE % 2 == 0;
      killed(
          kind,
          2,
          "killed at packet " + packet + (leaves ? ", which left" : ""),
          life -> life.steps == 1,
          server -> server.crashAtPacket(at, leaves));
    }
  }

  @ParameterizedTest
  @MethodSource("badLinks")
  void sessions_go_on_over_bad_links_however_often_the_server_is_killed(
      LinkConditions link, long seed) {
    Life life = new Life(seed, V27, link);
    Random random = new Random(seed);
    life.clients.forEach(life.world::connect);
    life.clients.forEach(client -> life.world.traffic(client, 20 * MILLI));
    life.world.simulation.run(SECOND);
    for (int kill = 0; kill < 10; kill++) {
      life.world.server.crash();
      life.world.simulation.run(random.nextLong(3 * SECOND));
    }
    settles(life, life.clients, Integer.MAX_VALUE, link.name() + " seed " + seed);
    assertThat(life.clients)
        .allMatch(client -> client.toServer.delivered() > client.toServer.sent() / 2);
  }

  static Stream<Arguments> badLinks() {
    return Stream.of(LinkConditions.LOSSY, LinkConditions.REORDERING, LinkConditions.AWFUL)
        .flatMap(link -> Stream.of(1L, 2L).map(seed -> Arguments.of(link, seed)));
  }

  /**
   * On a node without a processor to spare, killed when each client has just been given what its
   * next key is made of: the server is away for long, and then long behind with reading. A client
   * whose answers it has not read yet still has the key that it sends with.
   */
  @ParameterizedTest
  @MethodSource("kinds")
  void a_server_that_is_back_late_and_behind_takes_no_key_from_its_clients(Kind kind) {
    Life whole = new Life(1, kind, LinkConditions.CLEAN);
    whole.run(null);
    Map<Long, Integer> keyMethods = new HashMap<>();
    List<byte[]> sent = whole.world.server.sentPackets;
    for (int i = 0; i < sent.size(); i++) {
      int first = sent.get(i)[0] & 0xff;
      if (Opcode.ofFirstByte(first) == Opcode.CONTROL_V1 && Opcode.keyId(first) == 1) {
        // The last of each session.
        keyMethods.put(ByteBuffer.wrap(sent.get(i)).getLong(1), i);
      }
    }
    assertThat(keyMethods).hasSize(2);
    keyMethods.values().forEach(packet -> backLateAndBehind(kind, packet));
  }

  private static void backLateAndBehind(Kind kind, int killedAtPacket) {
    Life life = new Life(1, kind, LinkConditions.CLEAN);
    life.clients.forEach(client -> client.keepsTwoKeys = true);
    World world = life.world;
    world.server.awayNanos = 8 * SECOND;
    world.server.behindNanos = 6 * SECOND;
    world.server.crashAtPacket(killedAtPacket, true);
    life.run(null);
    world.server.awayNanos = 0;
    world.simulation.run(9 * SECOND);
    int[] before = life.clients.stream().mapToInt(CrashTest::lostOnTheWayDown).toArray();
    world.simulation.run(3 * SECOND);
    for (int i = 0; i < before.length; i++) {
      // One more may be under way.
      assertThat(lostOnTheWayDown(life.clients.get(i)) - before[i])
          .as("client %d, lost while the server is behind", i + 1)
          .isLessThanOrEqualTo(1);
      assertThat(life.clients.get(i).outOfSync).isZero();
    }
    settles(life, life.clients, Integer.MAX_VALUE, "killed at packet " + killedAtPacket);
  }

  private static int lostOnTheWayDown(SimulatedClient client) {
    return client.fromServer.sent() - client.fromServer.delivered();
  }

  @Test
  void a_client_that_moves_while_the_server_is_down_is_followed() {
    Life life = new Life(5, V27, LinkConditions.CLEAN);
    life.clients.forEach(life.world::connect);
    life.clients.forEach(client -> life.world.traffic(client, 20 * MILLI));
    life.world.simulation.run(200 * MILLI);
    SimulatedClient mover = life.clients.getFirst();
    mover.changePort(50_000);
    life.world.server.crash();
    life.world.simulation.run(100 * MILLI);
    mover.changePort(50_001);
    life.world.simulation.run(100 * MILLI);
    // The address that it moved to is the one that is restored.
    int moved = life.world.server.moved;
    settles(life, life.clients, 20, "moved");
    assertThat(moved).isEqualTo(2);
    assertThat(life.world.server.moved).isEqualTo(2);
  }

  @Test
  void a_clock_that_was_set_back_hurts_nobody() {
    Life life = new Life(6, V27, LinkConditions.CLEAN);
    life.clients.forEach(life.world::connect);
    life.clients.forEach(client -> life.world.traffic(client, 20 * MILLI));
    life.world.simulation.run(200 * MILLI);
    life.world.simulation.setClockBack(86_400);
    life.world.server.crash();
    settles(life, life.clients, 0, "clock set back");
    // A handshake that was not kept has a later time than any before it.
    SimulatedClient late = life.world.client(LinkConditions.CLEAN);
    life.world.connect(late);
  }

  /**
   * Its record is cleared, and with it the counters: a key that lived on would begin at 1 again.
   */
  @Test
  void a_session_that_the_host_fails_to_take_back_has_no_key_any_more() {
    Life life = new Life(10, V27, LinkConditions.CLEAN);
    life.clients.forEach(life.world::connect);
    life.clients.forEach(client -> life.world.traffic(client, 20 * MILLI));
    life.world.simulation.run(200 * MILLI);
    life.world.server.onOpened =
        session -> {
          if (session.clientId().equals("client1")) {
            throw new IllegalStateException("the host has no such listener");
          }
        };
    life.world.server.crash();
    assertThat(life.world.server.endpoint().sessions())
        .singleElement()
        .satisfies(session -> assertThat(session.clientId()).isEqualTo("client2"));
    int before = life.clients.getLast().fromServer.delivered();
    // WitnessedAead fails if a nonce is used again.
    life.world.simulation.run(200 * MILLI);
    assertThat(life.clients.getLast().fromServer.delivered()).isGreaterThan(before);
  }

  @Test
  void a_suspended_client_does_not_survive() {
    Life life = new Life(7, V27, LinkConditions.CLEAN);
    life.clients.forEach(life.world::connect);
    life.world.server.roster.remove("client1");
    life.world.server.crash();
    assertThat(life.world.server.endpoint().sessions())
        .singleElement()
        .satisfies(session -> assertThat(session.clientId()).isEqualTo("client2"));
  }

  /** 300 are more than anybody was seen to push; nine kilobytes that are much alike. */
  @Test
  void sessions_with_hundreds_of_routes_are_kept() {
    Random random = new Random(1);
    List<String> push = new ArrayList<>(World.PUSH);
    for (int i = 0; i < 300; i++) {
      push.add("route 10." + random.nextInt(256) + "." + random.nextInt(256) + ".0 255.255.255.0");
    }
    Life life = new Life(1, V27, LinkConditions.CLEAN, push);
    life.clients.forEach(life.world::connect);
    life.world.simulation.run(300 * MILLI);
    life.world.server.crash();
    assertThat(life.world.server.endpoint().sessions()).hasSize(2);
  }

  /** Every byte of a session's record: what was changed is never taken for what it was. */
  @Test
  void a_record_with_any_byte_changed_is_restored_as_it_was_or_not_at_all() {
    Life life = new Life(8, V27, LinkConditions.CLEAN);
    life.clients.forEach(life.world::connect);
    life.clients.forEach(client -> life.world.traffic(client, 20 * MILLI));
    life.world.simulation.run(300 * MILLI);
    byte[] whole = life.world.server.kept().toArray(ValueLayout.JAVA_BYTE);
    int restored = 0;
    for (int at = 4096; at < 4096 + 8192; at += 7) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x40;
      life.world.server.crash(MemorySegment.ofArray(damaged));
      assertThat(life.world.server.endpoint().sessions())
          .as("byte %d", at)
          .allMatch(session -> session.identity().commonName().equals(session.clientId()))
          .hasSizeBetween(1, 2);
      restored += life.world.server.endpoint().sessions().size() - 1;
    }
    assertThat(restored).isPositive();
  }

  /** The cold part is written anew, and only so far: the one before counts. */
  @Test
  void a_write_that_was_cut_off_at_any_byte_leaves_the_state_before_it() {
    Life life = new Life(9, V27, LinkConditions.CLEAN);
    life.clients.forEach(life.world::connect);
    life.clients.forEach(client -> life.world.traffic(client, 20 * MILLI));
    byte[] before = life.world.server.kept().toArray(ValueLayout.JAVA_BYTE);
    SimulatedClient client = life.clients.getFirst();
    assertThat(life.world.simulation.runUntil(() -> client.renegotiations > 0, 10 * SECOND))
        .isTrue();
    byte[] after = life.world.server.kept().toArray(ValueLayout.JAVA_BYTE);
    for (int record = 0; record < 2; record++) {
      for (int part = 0; part < 2; part++) {
        int at = 4096 + record * 8192 + 4096 + part * 2048;
        for (int cut = 0; cut <= 1200; cut += 13) {
          byte[] torn = after.clone();
          System.arraycopy(before, at + cut, torn, at + cut, 2048 - cut);
          life.world.server.crash(MemorySegment.ofArray(torn));
          assertThat(life.world.server.endpoint().sessions()).as("cut at %d", cut).hasSize(2);
        }
      }
    }
  }
}

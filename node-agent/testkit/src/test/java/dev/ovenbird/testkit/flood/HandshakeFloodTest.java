package dev.ovenbird.testkit.flood;

import static dev.ovenbird.testkit.Duel.HERE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.session.DropReason;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.testkit.BareClient;
import dev.ovenbird.testkit.BareServer;
import dev.ovenbird.testkit.Duel;
import dev.ovenbird.testkit.Forger;
import dev.ovenbird.testkit.NoTls;
import dev.ovenbird.testkit.Simulation;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Handshakes that never end, by the thousand, beside a session that has traffic. */
@Isolated("it measures the whole heap, which other tests allocate from")
class HandshakeFloodTest {
  private static final long SECOND = Simulation.SECOND;
  private static final ServerConfig.Limits LIMITS =
      new ServerConfig.Limits(50, 200, 20, 5000, 2048);

  private final Duel duel = new Duel(false, LIMITS);
  private final BareServer server = duel.server;
  private final BareClient alice = duel.connected("alice", HERE);
  private int sentByAlice;

  /** One of many addresses. */
  private static LinkPath stranger(int number) {
    return BareServer.path(Transport.UDP, 0x0a000000 | number, 1024 + number % 60_000);
  }

  private void traffic() {
    server.receive(HERE, alice.sealed(new byte[100], server.bootNanos));
    assertThat(server.tunnelPackets).hasSize(++sentByAlice);
  }

  private void assertOthersGetIn(String name, int number) {
    assertThat(duel.connected(name, stranger(number)).pushed).isNotNull();
  }

  @Test
  void garbage_from_fifty_thousand_addresses_costs_a_counter_each_and_keeps_nobody_out() {
    Random random = new Random(1);
    int before = server.sent.size();
    for (int i = 0; i < 50_000; i++) {
      byte[] packet = new byte[1 + random.nextInt(400)];
      random.nextBytes(packet);
      packet[0] = (byte) (random.nextInt(12) << 3);
      server.receive(stranger(i), packet);
      if (i % 1000 == 0) {
        traffic();
      }
    }
    assertThat(server.drops.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(50_000);
    assertThat(server.drops(DropReason.LIMIT)).isZero();
    assertThat(server.sent).hasSize(before);
    assertThat(server.endpoint().halfOpenSessions()).isZero();
    assertOthersGetIn("bob", 60_000);
  }

  @Test
  void valid_first_packets_from_spoofed_addresses_make_no_state_and_are_answered_at_a_rate() {
    byte[] reset = new Forger(duel.pki.clientKey("stolen"), 7).reset();
    server.sent.clear();
    for (int i = 0; i < 20_000; i++) {
      server.receive(stranger(i), reset.clone());
      if (i % 1000 == 0) {
        traffic();
      }
    }
    assertThat(server.sent).hasSizeLessThanOrEqualTo(LIMITS.maxInitialPerSecond());
    assertThat(server.drops(DropReason.LIMIT)).isGreaterThanOrEqualTo(15_000);
    assertThat(server.endpoint().halfOpenSessions()).isZero();
    server.sent.clear();
    server.advance(SECOND);
    assertOthersGetIn("bob", 60_000);
  }

  @Test
  void one_stolen_profile_keeps_nobody_else_out() {
    ClientKeyFile stolen = duel.pki.clientKey("stolen");
    for (int i = 0; i < 2000; i++) {
      begin(stolen, i);
    }
    assertThat(server.endpoint().halfOpenSessions()).isEqualTo(16);
    traffic();
    assertOthersGetIn("bob", 60_000);
    server.advance(61 * SECOND);
    server.advance(6 * SECOND);
    assertThat(server.endpoint().halfOpenSessions()).isZero();
    begin(stolen, 2001);
    assertThat(server.endpoint().halfOpenSessions()).isEqualTo(1);
  }

  @Test
  void many_stolen_profiles_fill_the_limit_and_no_more() {
    for (int i = 0; i < 1000; i++) {
      begin(duel.pki.clientKey("stolen" + i), i);
      assertThat(server.endpoint().halfOpenSessions()).isLessThanOrEqualTo(LIMITS.maxHalfOpen());
    }
    assertThat(server.drops(DropReason.LIMIT)).isEqualTo(1000 - LIMITS.maxHalfOpen());
    traffic();
    server.advance(61 * SECOND);
    server.advance(6 * SECOND);
    assertThat(server.endpoint().halfOpenSessions()).isZero();
    assertOthersGetIn("bob", 60_000);
  }

  @Test
  void old_clients_without_a_cookie_have_a_small_pool_of_their_own() {
    for (int i = 0; i < 100; i++) {
      Forger old = new Forger(duel.pki.clientKey("old" + i), 1000 + i);
      // A counter that begins at 0 says: no early negotiation, so state at once.
      old.jump(0, 1);
      server.receive(stranger(i), old.reset());
    }
    assertThat(server.endpoint().halfOpenSessions()).isEqualTo(LIMITS.maxStateful());
    assertThat(server.drops(DropReason.LIMIT)).isEqualTo(100 - LIMITS.maxStateful());
    assertOthersGetIn("bob", 60_000);
  }

  /** Each fails at once and lingers: neither they nor what is left of them may pile up. */
  @Test
  void handshakes_that_fail_by_the_ten_thousand_leave_the_memory_flat() {
    ClientKeyFile[] stolen = new ClientKeyFile[20];
    for (int i = 0; i < stolen.length; i++) {
      stolen[i] = duel.pki.clientKey("stolen" + i);
    }
    long before = usedBytes();
    for (int i = 0; i < 20_000; i++) {
      Forger forger = begin(stolen[i % stolen.length], i);
      server.runTasks();
      byte[] noise =
          forger.packet(
              dev.ovenbird.protocol.wire.Opcode.CONTROL_V1, 0, new int[0], 2, new byte[1000]);
      server.receive(stranger(i), noise);
      server.runTasks();
      server.sent.clear();
      server.failures.clear();
      server.advance(SECOND / 10_000);
    }
    assertThat(server.endpoint().halfOpenSessions()).isZero();
    assertThat(usedBytes() - before).isLessThan(16L << 20);
    traffic();
    server.advance(6 * SECOND);
    assertOthersGetIn("bob", 60_000);
  }

  /** To the point where the cookie is proved and TLS would begin. */
  private Forger begin(ClientKeyFile key, int number) {
    LinkPath from = stranger(number);
    Forger forger = new Forger(key, 1000 + number);
    server.sent.clear();
    server.receive(from, forger.reset());
    if (!server.sent.isEmpty()) {
      forger.answered(server.sent.getLast().packet());
      server.receive(from, forger.third(NoTls.record(NoTls.HELLO, new byte[0])));
    }
    server.advance(SECOND / 10_000);
    return forger;
  }

  private static long usedBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}

package dev.ovenbird.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.store.StoreChecks;
import dev.ovenbird.server.tun.InProcessTun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers that are killed and started again over one session store. */
@Timeout(60)
class SessionStoreTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  /** Bytes of the file before the store, and of the store before its records. */
  private static final long RECORDS_AT = 2 * 4096;

  private final TestVpn vpn = new TestVpn();
  private Path temporary = Path.of("");
  private Path folder = Path.of("");
  private Path file = Path.of("");
  private InProcessTun tun = vpn.tun;
  private OvenbirdServer server;

  @BeforeEach
  void start() throws IOException {
    // A folder in memory, as the store asks for.
    temporary = Files.createTempDirectory(Path.of("/dev/shm"), "ovenbird-test");
    folder = temporary.resolve("own");
    file = folder.resolve("sessions");
    server = start(0, StoreChecks.STRICT.withSwapAllowed(true));
  }

  @AfterEach
  void stop() throws IOException {
    server.stop();
    Files.deleteIfExists(file);
    Files.deleteIfExists(folder);
    Files.deleteIfExists(temporary.resolve("swaps"));
    Files.delete(temporary);
  }

  private OvenbirdServer start(int port, StoreChecks checks) {
    return OvenbirdServer.start(
        vpn.settings("test")
            .tun(new TunSpec.InProcess(tun))
            .listener(ListenerSpec.udp(port, "127.0.0.1"))
            .sessionStore(file)
            .storeChecks(checks)
            .build());
  }

  /** Kills the server; what comes after does as it likes with the file before the next start. */
  private int kill() {
    int port = server.port("udp");
    server.kill();
    tun = new InProcessTun(1500, 1024);
    return port;
  }

  private void startAgain(int port) {
    server = start(port, StoreChecks.STRICT.withSwapAllowed(true));
  }

  private OvenbirdClient connect(String name) throws Exception {
    OvenbirdClient client = vpn.client(name, "127.0.0.1", server.port("udp"), Transport.UDP);
    client.connected().get(20, TimeUnit.SECONDS);
    up(client, name + " is here");
    return client;
  }

  private void up(OvenbirdClient client, String text) throws Exception {
    byte[] packet = TestPackets.udp(TestVpn.ipv4(2), "10.0.0.9", text);
    client.tun().send(packet);
    assertThat(tun.receive(SOON)).isEqualTo(packet);
  }

  private void down(OvenbirdClient client, String text) throws Exception {
    byte[] packet = TestPackets.udp("10.0.0.9", TestVpn.ipv4(2), text);
    tun.send(packet);
    assertThat(client.tun().receive(SOON)).isEqualTo(packet);
  }

  @Test
  void client_does_not_notice_that_its_server_was_killed_twice() throws Exception {
    try (OvenbirdClient alice = connect("alice")) {
      for (int kill = 0; kill < 2; kill++) {
        long steps = vpn.metrics.slowTasks();
        startAgain(kill());
        // Neither waits for the client's first packet: routes are there.
        down(alice, "down " + kill);
        up(alice, "up " + kill);
        assertThat(server.sessions()).hasSize(1);
        if (kill == 0) {
          // A new TLS session begins by itself; the second kill comes in its midst.
          await().atMost(SOON).until(() -> vpn.metrics.slowTasks() > steps);
        }
      }
      assertThat(alice.closed()).isNotDone();
    }
  }

  @Test
  void a_client_that_was_suspended_meanwhile_is_not_restored() throws Exception {
    try (OvenbirdClient alice = connect("alice")) {
      int port = kill();
      vpn.roster.remove("alice");
      startAgain(port);
      assertThat(server.sessions()).isEmpty();
      byte[] packet = TestPackets.udp(TestVpn.ipv4(2), "10.0.0.9", "too late");
      alice.tun().send(packet);
      assertThat(tun.receive(Duration.ofMillis(300))).isNull();
    }
  }

  @Test
  void an_orderly_stop_leaves_no_store() throws Exception {
    try (OvenbirdClient alice = connect("alice")) {
      assertThat(Files.getPosixFilePermissions(file))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      int port = server.port("udp");
      server.stop();
      assertThat(folder).doesNotExist();
      tun = new InProcessTun(1500, 1024);
      startAgain(port);
      assertThat(server.sessions()).isEmpty();
      assertThat(alice.closed().get(10, TimeUnit.SECONDS)).isNotEmpty();
    }
  }

  /** One byte of everything that the header says, cuts, and both cold parts of the record. */
  @Test
  void what_was_tampered_with_or_cut_off_or_is_foreign_is_not_used() throws Exception {
    try (OvenbirdClient alice = connect("alice")) {
      int port = kill();
      byte[] left = Files.readAllBytes(file);
      List<Consumer<byte[]>> damages =
          List.of(
              bytes -> bytes[0] ^= 1,
              bytes -> bytes[8] ^= 1,
              bytes -> bytes[17] ^= 1,
              bytes -> bytes[24] ^= 1,
              bytes -> bytes[55] ^= 1,
              SessionStoreTest::damageRecord);
      for (Consumer<byte[]> damage : damages) {
        byte[] damaged = left.clone();
        damage.accept(damaged);
        Files.write(file, damaged);
        startAgain(port);
        assertThat(server.sessions()).as("damage %d", damages.indexOf(damage)).isEmpty();
        kill();
      }
      for (int length : new int[] {0, 7, 60, (int) RECORDS_AT + 100}) {
        Files.write(file, Arrays.copyOf(left, length));
        startAgain(port);
        assertThat(server.sessions()).as("length %d", length).isEmpty();
        kill();
      }
      Files.write(file, left);
      startAgain(port);
      up(alice, "as it was");
    }
  }

  private static void damageRecord(byte[] bytes) {
    for (int at = (int) RECORDS_AT + 4096; at < RECORDS_AT + 8192; at++) {
      bytes[at] ^= 0x55;
    }
  }

  @Test
  void swap_and_disks_are_refused_and_the_server_serves_without_a_store() throws Exception {
    Path swaps =
        Files.writeString(temporary.resolve("swaps"), "Filename Type\n/dev/sda2 partition\n");
    StoreChecks swap = new StoreChecks(false, false, swaps, StoreChecks.STRICT.bootId());
    server.stop();
    assertThat(file).doesNotExist();
    tun = new InProcessTun(1500, 1024);
    server = start(0, swap);
    assertThat(file).doesNotExist();
    try (OvenbirdClient alice = connect("alice")) {
      startAgain(kill());
      assertThat(server.sessions()).isEmpty();
      assertThat(alice.closed()).isNotDone();
    }
  }

  @Test
  void a_store_in_use_is_refused() {
    assertThatThrownBy(() -> start(0, StoreChecks.STRICT.withSwapAllowed(true)))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("in use by another process")
        .hasMessageNotContaining("\n");
    assertThat(server.isReady()).isTrue();
  }

  @Test
  void a_file_or_folder_that_others_may_change_is_refused() throws Exception {
    kill();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    server = start(0, StoreChecks.STRICT.withSwapAllowed(true));
    assertThat(server.isReady()).isTrue();
    server.stop();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    tun = new InProcessTun(1500, 1024);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    startAgain(0);
    assertThat(Objects.requireNonNull(Files.getPosixFilePermissions(file)))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(List.of(server.sessions())).hasSize(1);
  }
}

package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.client.StockPki;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.service.TcpEcho;
import dev.ovenbird.e2e.service.Texts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who gets in, who is cut off, and how far those inside get. */
class AccessTest {
  private static final String CUT = "AUTH_FAILED";

  /** A cut is to take about a second; the rest is for a busy machine. */
  private static final Duration CUT_LIMIT = Duration.ofSeconds(3);

  /** What the agent says when a change of who may connect holds. */
  private static final String ROSTER = "Roster applied";

  private static final Duration APPLIED = Duration.ofSeconds(20);

  private ClusterSpec spec;
  private Stage stage;

  @BeforeEach
  void open() {
    spec = new ClusterSpec().lanes(1).client("alice").client("bob");
    stage = Stage.open(2, spec);
  }

  @AfterEach
  void close() {
    stage.close();
  }

  @Test
  void certificate_of_another_ca_is_refused() {
    StockPki other = new StockPki();
    Profile profile = stage.lane0("alice");
    StockPki.Identity identity = other.client("alice", "");
    Profile forged =
        profile.withBlock("cert", identity.certificate()).withBlock("key", identity.privateKey());
    OpenVpnClient client = stage.start(0, forged, "--hand-window", "8", "--verb", "4");
    client.log().await("TLS Error", Duration.ofSeconds(30));
    assertThat(client.connections()).isZero();
    assertThat(stage.sessions()).isZero();
    client.close();
    stage.connect(0, "alice").close();
  }

  @Test
  void removed_client_is_cut_off_within_a_second_and_then_met_with_silence() {
    OpenVpnClient alice = stage.connect(0, "alice");
    OpenVpnClient bob = stage.connect(1, "bob");
    Profile profile = stage.lane0("alice");
    double seconds = secondsUntilCut(alice, () -> stage.cluster().apply(spec.without("alice")));
    System.out.printf("removed client cut off after %.2f s%n", seconds);
    assertThat(Ping.answers(alice.namespace(), Lab.SERVICE_IPV4)).isFalse();
    alice.close();
    OpenVpnClient again =
        stage.start(0, profile, "--connect-timeout", "4", "--connect-retry-max", "1");
    assertThat(again.log().awaitExit(Duration.ofSeconds(30))).isNotZero();
    assertThat(again.log().count(CUT)).isZero();
    assertThat(bob.connections()).isEqualTo(1);
    stage.assertServiceIsReached(1);
  }

  @Test
  void suspended_client_is_cut_off_and_told_so_until_it_is_taken_back() {
    OpenVpnClient alice = stage.connect(0, "alice");
    LoggedProcess log = stage.cluster().log();
    int suspended = log.mark();
    double seconds =
        secondsUntilCut(
            alice, () -> stage.cluster().apply(spec.client("alice", ", suspend: true")));
    System.out.printf("suspended client cut off after %.2f s%n", seconds);
    log.await(ROSTER, suspended, APPLIED);
    alice.close();
    OpenVpnClient again = stage.start(0, "alice");
    again.log().await(CUT, Stage.CONNECT);
    again.close();
    int takenBack = log.mark();
    stage.cluster().apply(spec.client("alice", ", suspend: false"));
    log.await(ROSTER, takenBack, APPLIED);
    stage.connect(0, "alice");
  }

  @Test
  void client_whose_time_ends_is_cut_off_then() {
    endsAfter(Duration.ofHours(1));
    OpenVpnClient alice = stage.connect(0, "alice");
    stage.assertServiceIsReached(0);
    // Now that it is connected, however long that took.
    int mark = alice.log().mark();
    Instant end = endsAfter(Duration.ofSeconds(4));
    alice.log().await(CUT, mark, Duration.ofSeconds(20));
    assertThat(Instant.now()).isBetween(end, end.plusSeconds(5));
    alice.close();
    OpenVpnClient again = stage.start(0, "alice");
    again.log().await(CUT, Stage.CONNECT);
    assertThat(again.connections()).isZero();
  }

  @Test
  void client_that_adds_a_route_to_the_metadata_service_gets_nowhere() {
    TcpEcho metadata = TcpEcho.start(stage.scope(), stage.lab().service(), Lab.METADATA_IPV4, 80);
    OpenVpnClient alice =
        stage.connect(0, "alice", "--route", Lab.METADATA_IPV4, "255.255.255.255");
    assertThat(alice.namespace().ip("route", "get", Lab.METADATA_IPV4)).contains("dev tun");
    assertThat(canConnect(stage.lab().server(), Lab.METADATA_IPV4, 80)).isTrue();
    // The kernel connects before the service accepts.
    Await.until("the server's own connection", CUT_LIMIT, metadata::accepted, one -> one == 1);
    assertThat(canConnect(alice.namespace(), Lab.METADATA_IPV4, 80)).isFalse();
    assertThat(Ping.answers(alice.namespace(), Lab.METADATA_IPV4)).isFalse();
    assertThat(metadata.accepted()).isEqualTo(1);
    assertThat(stage.dropped("destination_refused")).isPositive();
    stage.assertServiceIsReached(0);
  }

  @Test
  void the_nodes_own_addresses_are_refused_though_a_pushed_route_covers_them() {
    TcpEcho ssh = TcpEcho.start(stage.scope(), stage.lab().server(), "0.0.0.0", 22);
    OpenVpnClient alice = stage.connect(0, "alice");
    assertThat(canConnect(alice.namespace(), Lab.INSIDE_IPV4, 22)).isFalse();
    assertThat(Ping.answers(alice.namespace(), Lab.INSIDE_IPV4)).isFalse();
    assertThat(Ping.answers(alice.namespace(), Lab.INSIDE_IPV6)).isFalse();
    assertThat(canConnect(alice.namespace(), "10.88.0.1", 22)).isFalse();
    assertThat(ssh.accepted()).isZero();
    assertThat(Ping.answers(alice.namespace(), "10.88.0.1")).as("the gateway").isTrue();
    stage.assertServiceIsReached(0);
  }

  @Test
  void packets_with_anothers_source_address_go_no_further() {
    OpenVpnClient alice = stage.connect(0, "alice");
    Namespace from = alice.namespace();
    from.ip("addr", "add", "10.88.77.7/32", "dev", "tun0");
    from.ip("route", "replace", Lab.SERVICE_IPV4, "dev", "tun0", "src", "10.88.77.7");
    double before = stage.dropped("spoofed_source");
    assertThat(Texts.send(from, stage.sink().address(), "spoofed", 20)).isZero();
    // Nobody has waited for the last of them to arrive.
    Await.until(
        "all are dropped",
        APPLIED,
        () -> stage.dropped("spoofed_source"),
        dropped -> dropped >= before + 20);
    assertThat(stage.sink().seen()).isEmpty();
    from.ip("route", "delete", Lab.SERVICE_IPV4);
    stage.assertServiceIsReached(0);
  }

  @Test
  void clients_do_not_reach_each_other_unless_allowed() {
    OpenVpnClient alice = stage.connect(0, "alice");
    OpenVpnClient bob = stage.connect(1, "bob");
    assertThat(Ping.answers(alice.namespace(), bob.ipv4())).isFalse();
    assertThat(Ping.answers(bob.namespace(), alice.ipv6())).isFalse();
    stage.assertServiceIsReached(0);
    stage.assertServiceIsReached(1);
  }

  /** Applies an end of alice's access, and returns it. */
  private Instant endsAfter(Duration time) {
    Instant end = Instant.now().plus(time).truncatedTo(ChronoUnit.SECONDS);
    stage.cluster().apply(spec.client("alice", ", notAfter: \"" + end + "\""));
    return end;
  }

  private static double secondsUntilCut(OpenVpnClient client, Runnable change) {
    int mark = client.log().mark();
    long start = System.nanoTime();
    change.run();
    LoggedProcess.Line line = client.log().await(CUT, mark, CUT_LIMIT);
    return (line.atNanos() - start) / 1e9;
  }

  private static boolean canConnect(Namespace from, String address, int port) {
    return from.call(
        () -> {
          try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByName(address), port), 1_500);
            return true;
          } catch (IOException e) {
            return false;
          }
        });
  }
}

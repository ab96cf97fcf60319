package dev.ovenbird.e2e.kubernetes.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.NetworkState;
import dev.ovenbird.e2e.net.Ping;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.LoggedProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AgentInClusterTest {
  private static final Duration CONNECT = Duration.ofSeconds(30);

  private final AgentStage stage = new AgentStage();

  @AfterEach
  void stop() {
    stage.close();
  }

  private static String milliseconds(LoggedProcess.Line ready) {
    return ready.text().replaceAll(".* ms=", "");
  }

  @Test
  void serves_by_the_api_and_goes_on_without_it() {
    stage.client("alice", false);
    stage.client("bob", false);
    AgentPod pod = stage.pod();
    LoggedProcess log = pod.start();
    String fresh = milliseconds(log.await("Ready", AgentStage.SOON));
    OpenVpnClient alice = stage.connect(0, "alice").awaitConnected(CONNECT);
    assertThat(Ping.answers(alice.namespace(), Lab.SERVICE_IPV4)).isTrue();
    VpnInstanceStatus status = stage.awaitReady("True", "Serving");
    assertThat(status.mode()).isEqualTo(Mode.Serve);
    assertThat(status.endpoints()).isNotEmpty();
    pod.awaitProbe("status", 0);
    pod.awaitProbe("live", 0);
    assertThat(stage.metrics())
        .containsPattern("ovenbird_sessions\\{[^}]*lane=\"0\"[^}]*} 1(\\.0)?\n");

    // He may be in a later roster than the one that it began with.
    Await.until(
        "bob in the agent's roster",
        AgentStage.SOON,
        () -> read(pod.state().resolve("roster.json")),
        roster -> roster.contains("\"bob\""));
    stage.relay().disconnect();
    int mark = log.mark();
    pod.killAgent();
    log.await("starting it again", mark, CONNECT);
    String again = milliseconds(log.await("Ready", mark, CONNECT));
    System.out.printf(
        Locale.ROOT, "agent ready: %s ms from the API, %s ms from its files%n", fresh, again);
    OpenVpnClient bob = stage.connect(1, "bob").awaitConnected(CONNECT);
    assertThat(Ping.answers(bob.namespace(), Lab.SERVICE_IPV4)).isTrue();
    Await.until(
        "alice is back",
        CONNECT,
        () -> Ping.answers(alice.namespace(), Lab.SERVICE_IPV4),
        Boolean::booleanValue);

    mark = log.mark();
    stage.relay().connect();
    log.await("Watching", mark, CONNECT);
    int clientMark = bob.log().mark();
    long patched = System.nanoTime();
    stage.client("bob", true);
    LoggedProcess.Line cut = bob.log().await("AUTH_FAILED", clientMark, CONNECT);
    System.out.printf(
        Locale.ROOT,
        "suspended as the API server comes back: cut off after %.2f s; %s%n",
        (cut.atNanos() - patched) / 1e9,
        log.await("Roster applied", mark, CONNECT).text());
    assertThat(Ping.answers(alice.namespace(), Lab.SERVICE_IPV4)).isTrue();
    Await.until(
        "a report of alice alone",
        AgentStage.SOON,
        () -> Objects.requireNonNull(stage.status()),
        found -> Integer.valueOf(1).equals(found.sessionCount()));
  }

  @Test
  void renews_its_certificate_without_a_word_to_clients() throws Exception {
    stage.client("alice", false);
    AgentPod pod = stage.pod();
    LoggedProcess log = pod.start();
    log.await("Ready", AgentStage.SOON);
    OpenVpnClient alice = stage.connect(0, "alice").awaitConnected(CONNECT);
    String before = Files.readString(pod.state().resolve("tls.pem"));
    int mark = log.mark();
    stage.cluster("{generation: 2}");
    log.await("the authority is new", mark, AgentStage.SOON);
    String after =
        Await.until(
            "a certificate with what leads to the old authority",
            CONNECT,
            () -> read(pod.state().resolve("tls.pem")),
            pem -> pem.split("BEGIN CERTIFICATE").length == 3);
    log.await("Configuration applied", mark, CONNECT);
    assertThat(after.substring(after.indexOf("BEGIN PRIVATE")))
        .isNotEqualTo(before.substring(before.indexOf("BEGIN PRIVATE")));
    assertThat(Ping.answers(alice.namespace(), Lab.SERVICE_IPV4)).isTrue();
    assertThat(alice.connections()).isEqualTo(1);
    assertThat(log.count("Ready")).isEqualTo(1);
    assertThat(log.count("refused")).isZero();
    assertThat(Files.getPosixFilePermissions(pod.state().resolve("tls.pem"))).hasSize(2);
    assertThat(Files.getPosixFilePermissions(pod.state())).hasSize(3);
  }

  @Test
  void a_new_server_key_is_in_profiles_once_the_agent_has_said_that_it_holds_it() {
    stage.client("alice", false);
    stage.client("bob", false);
    stage.pod().start().await("Ready", AgentStage.SOON);
    String old = stage.profile("alice");
    String bobs = stage.profile("bob");
    OpenVpnClient alice = stage.connect(0, "alice", old).awaitConnected(CONNECT);
    stage.serverKey("{\"generation\": 2}");
    awaitServerKeys(List.of(2, 1));
    Await.until(
        "another profile",
        AgentStage.SOON,
        () -> stage.profile("bob"),
        profile -> !profile.equals(bobs));
    stage.connect(1, "bob").awaitConnected(CONNECT);

    stage.serverKey("{\"oldestGeneration\": 2}");
    awaitServerKeys(List.of(2));
    assertThat(Ping.answers(alice.namespace(), Lab.SERVICE_IPV4)).isTrue();
    assertThat(alice.connections()).isEqualTo(1);
    alice.close();
    OpenVpnClient refused = stage.connect(0, "alice", old);
    refused
        .log()
        .await(
            line -> line.contains("key negotiation failed") || line.contains("poll timeout"),
            "an end of waiting",
            0,
            Duration.ofSeconds(60));
    assertThat(refused.log().count("Initial packet from")).as(refused.tail()).isZero();
    refused.close();
    stage.connect(0, "alice").awaitConnected(CONNECT);
  }

  private void awaitServerKeys(List<Integer> generations) {
    Await.until(
        "server keys " + generations,
        Duration.ofSeconds(100), // A report comes twice a minute.
        () -> Objects.requireNonNull(stage.status()),
        status -> generations.equals(status.serverKeyGenerations()));
  }

  @Test
  void leaves_a_clean_node_when_it_is_retired_and_stays_quiet() throws Exception {
    NetworkState clean = NetworkState.of(stage.lab().server());
    stage.client("alice", false);
    AgentPod pod = stage.pod();
    LoggedProcess log = pod.start();
    log.await("Ready", AgentStage.SOON);
    stage.connect(0, "alice").awaitConnected(CONNECT);
    assertThat(NetworkState.of(stage.lab().server())).isNotEqualTo(clean);
    stage.beginDeletion();
    log.await("Retired", AgentStage.SOON);
    assertThat(NetworkState.of(stage.lab().server())).isEqualTo(clean);
    assertThat(files(pod.state())).isEmpty();
    pod.awaitProbe("live", 0);
    pod.awaitProbe("status", 1);
    stage.awaitDeleted();
    assertThat(log.isAlive()).isTrue();
    assertThat(log.count("died")).isZero();
  }

  @Test
  void cordoned_nodes_clients_are_sent_elsewhere_until_it_is_back() {
    stage.client("alice", false);
    AgentPod pod = stage.pod();
    pod.start().await("Ready", AgentStage.SOON);
    OpenVpnClient alice = stage.connect(0, "alice").awaitConnected(CONNECT);
    int mark = alice.log().mark();
    stage.plane().kubectl("cordon", stage.node());
    alice.log().await("server-pushed-connection-reset", mark, CONNECT);
    stage.awaitReady("False", "Drain");
    Await.until(
        "drained",
        AgentStage.SOON,
        () -> Objects.requireNonNull(stage.status()),
        found -> found.mode() == Mode.Drain);
    pod.awaitProbe("status", 0);
    stage.plane().kubectl("uncordon", stage.node());
    stage.awaitReady("True", "Serving");
    alice.awaitConnectedAfter(mark, CONNECT);
  }

  @Test
  void another_nodes_certificate_is_refused_and_the_agent_says_so() {
    AgentPod pod = stage.pod().with("NODE_NAME", "elsewhere");
    LoggedProcess log = pod.start();
    String line = log.await("No certificate", AgentStage.SOON).text();
    assertThat(line).contains("WrongNode", stage.node(), "elsewhere");
    pod.awaitProbe("live", 0);
    pod.awaitProbe("status", 1);
    assertThat(files(pod.state())).doesNotContain("tls.pem");
    log.signal("TERM");
    assertThat(log.awaitExit(CONNECT)).isZero();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

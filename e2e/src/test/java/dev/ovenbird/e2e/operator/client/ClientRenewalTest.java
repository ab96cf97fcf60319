package dev.ovenbird.e2e.operator.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.operator.issue.Pem;
import dev.ovenbird.operator.plan.Endpoint;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Profiles that are about to be others. */
class ClientRenewalTest {
  private final ClientStage stage = new ClientStage();

  @AfterEach
  void close() {
    stage.close();
  }

  @Test
  void a_certificate_is_renewed_with_a_third_of_its_time_left_and_the_old_one_goes_on()
      throws Exception {
    stage.cluster("10.88.0.0/24");
    try (var first = stage.operator()) {
      stage.create("alice");
      stage.awaitReady("alice");
      stage.awaitRoster("alice", it -> it != null);
      assertThat(first).isNotNull();
    }
    X509Certificate before = certificate();
    String key = stage.text("alice", "tls.key");
    String wrapped = stage.text("alice", "tls-crypt-v2.key");
    stage.clock.advance(Duration.ofDays(365 * 6)); // Of ten years: not due.
    try (var second = stage.operator()) {
      stage.patch("alice", "{\"spec\":{\"suspend\":true}}");
      stage.awaitReason("alice", "Suspended");
      assertThat(certificate()).isEqualTo(before);
      assertThat(second).isNotNull();
    }
    stage.clock.advance(Duration.ofDays(365));
    stage.operator();
    stage.patch("alice", "{\"spec\":{\"suspend\":false}}");
    var entry = stage.awaitRoster("alice", it -> it != null && it.serials().size() == 2);
    X509Certificate after = certificate();
    assertThat(Objects.requireNonNull(entry).serials())
        .containsExactlyInAnyOrder(serial(before), serial(after));
    assertThat(after.getNotAfter())
        .isAfter(before.getNotAfter())
        .isCloseTo(
            java.util.Date.from(stage.clock.instant().plus(Duration.ofHours(87_600))),
            Duration.ofDays(2).toMillis());
    assertThat(stage.text("alice", "tls.key")).isEqualTo(key);
    assertThat(stage.text("alice", "tls-crypt-v2.key")).isEqualTo(wrapped);
    VpnClient alice = stage.awaitReady("alice");
    assertThat(Objects.requireNonNull(alice.getStatus().certificate()).serial())
        .isEqualTo(serial(after));
    Await.until(
        "event",
        ClientStage.SOON,
        () -> stage.plane.kubectl("get", "events", "-n", stage.users).output(),
        text ->
            text.contains("CertificateRenewed")
                && text.contains("end on " + before.getNotAfter().toInstant()));
  }

  private X509Certificate certificate() throws Exception {
    return Pem.certificate(stage.text("alice", "tls.crt"));
  }

  private static String serial(X509Certificate certificate) {
    return certificate.getSerialNumber().toString(16);
  }

  @Test
  void profile_is_not_current_while_changed_endpoints_settle() {
    stage.cluster("10.88.0.0/24");
    stage.operator();
    stage.create("alice");
    stage.awaitReady("alice");
    List<String> said = new CopyOnWriteArrayList<>();
    try (var watch =
        stage
            .api()
            .resources(VpnClient.class)
            .inNamespace(stage.users)
            .inform(new ConditionLog("ProfileCurrent", said))) {
      SortedMap<String, List<Endpoint>> next = ClientStage.endpoints(4);
      stage.publish(stage.withPending(next));
      VpnClient settling =
          Await.until(
              "Settling", ClientStage.SOON, () -> stage.get("alice"), it -> is(it, "Settling"));
      assertThat(ClientStage.reason(settling)).isEqualTo("Ready");
      assertThat(stage.text("alice", "client.ovpn")).doesNotContain("192.0.2.3 ");
      // One more node within the time: no more is said.
      stage.publish(stage.withPending(ClientStage.endpoints(5)));
      stage.publish(stage.withEndpoints(ClientStage.endpoints(5)));
      Await.until("current", ClientStage.SOON, () -> stage.get("alice"), it -> is(it, "Written"));
      assertThat(stage.text("alice", "client.ovpn")).contains("192.0.2.3 ", "192.0.2.4 ");
      // What comes back was no change.
      stage.publish(stage.withPending(null));
      Await.until("seen", ClientStage.SOON, () -> said, all -> all.size() == 3);
      assertThat(said).containsExactly("True Written", "False Settling", "True Written");
      assertThat(watch).isNotNull();
    }
  }

  private static boolean is(VpnClient client, String reason) {
    var condition = ClientStage.condition(client, "ProfileCurrent");
    return condition != null && condition.getReason().equals(reason);
  }
}

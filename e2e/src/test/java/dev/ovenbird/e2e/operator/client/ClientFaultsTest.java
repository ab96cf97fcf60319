package dev.ovenbird.e2e.operator.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.operator.issue.Pem;
import java.security.cert.X509Certificate;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whichever write fails, before or after it is done: the end is the same. */
class ClientFaultsTest {
  @ParameterizedTest
  @CsvSource({
    "0,true", "0,false", "1,true", "1,false", "2,true", "2,false", "3,true", "3,false", "4,true",
    "4,false", "5,true", "5,false"
  })
  void a_failed_write_changes_nothing_in_the_end(int number, boolean isBefore) throws Exception {
    try (ClientStage stage = new ClientStage()) {
      stage.cluster("10.88.0.0/28");
      Writes writes = new Writes();
      if (isBefore) {
        writes.failBefore(number);
      } else {
        writes.failAfter(number);
      }
      stage.operator(writes);
      stage.create("alice");
      VpnClient alice = stage.awaitReady("alice");
      X509Certificate certificate = Pem.certificate(stage.text("alice", "tls.crt"));
      String serial = certificate.getSerialNumber().toString(16);
      assertThat(Objects.requireNonNull(alice.getStatus().certificate()).serial())
          .isEqualTo(serial);
      assertThat(
              Pem.matches(Pem.privateKey(stage.text("alice", "tls.key"), certificate), certificate))
          .isTrue();
      var entry = stage.awaitRoster("alice", it -> it != null && it.serials().contains(serial));
      assertThat(Objects.requireNonNull(entry).addresses()).containsExactly("10.88.0.2");
      String held = alice.getMetadata().getUid() + " " + stage.users + "/alice";
      Await.until("one claim", ClientStage.SOON, stage::claims, it -> it.values().contains(held));
      assertThat(stage.claims()).hasSize(1).containsEntry("10.88.0.2", held);
    }
  }

  @Test
  void a_client_costs_three_writes_and_none_at_rest() {
    int clients = 60;
    try (ClientStage stage = new ClientStage()) {
      stage.cluster("10.88.0.0/24");
      Writes writes = new Writes();
      stage.operator(writes);
      for (int i = 0; i < clients; i++) {
        stage.create("c" + i);
      }
      Await.until("all listed", ClientStage.SOON, stage::roster, all -> all.size() == clients);
      for (int i = 0; i < clients; i++) {
        stage.awaitReady("c" + i);
      }
      long own =
          writes.seen().stream().filter(path -> path.contains("/" + stage.users + "/")).count();
      assertThat(own).isLessThanOrEqualTo(3L * clients + 3);
      int before = writes.seen().size();
      stage.publish(stage.withEndpoints(ClientStage.endpoints(3)));
      stage.patch("c0", "{\"metadata\":{\"labels\":{\"touched\":\"yes\"}}}");
      stage.create("last");
      stage.awaitReady("last");
      stage.awaitRoster("last", it -> it != null);
      assertThat(writes.seen().subList(before, writes.seen().size()))
          .filteredOn(path -> path.contains("/" + stage.users + "/"))
          .allMatch(path -> path.contains("last") || path.endsWith("/secrets"))
          .hasSizeLessThanOrEqualTo(3);
    }
  }
}

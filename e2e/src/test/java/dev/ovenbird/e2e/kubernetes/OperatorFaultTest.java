package dev.ovenbird.e2e.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.process.Await;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The packaged operator, its replicas and its API server, while some of them die. */
class OperatorFaultTest {
  /** The kubelet's, by default. */
  private static final Duration GRACE = Duration.ofSeconds(30);

  @Test
  void one_replica_acts_and_the_other_takes_over_when_it_dies() {
    try (OperatorStage stage = new OperatorStage(2)) {
      OperatorProcess first = stage.operator("operator-a");
      OperatorProcess second = stage.launch("operator-b");
      stage.applyCluster();
      stage.applyClients("early-", 5);
      stage.assertComplete(5);
      assertThat(stage.audit().writesByToken()).as("writes by replica").hasSize(1);
      String leader = stage.leader();
      OperatorProcess leading = leader.equals("operator-a") ? first : second;
      OperatorProcess following = leading == first ? second : first;
      assertThat(following.component().isAlive()).isTrue();

      leading.component().kill();
      stage.applyClients("late-", 5);
      stage.assertComplete(10);
      assertThat(stage.leader()).isNotEqualTo(leader);
      assertThat(stage.audit().writesByToken()).as("writes by replica").hasSize(2);

      Map<String, Long> before = stage.audit().writesByToken();
      leading.component().start();
      leading.awaitReady();
      stage.applyClients("last-", 5);
      stage.assertComplete(15);
      assertThat(WriteAudit.difference(before, stage.audit().writesByToken()))
          .as("writes by replica since the first is back")
          .hasSize(1);

      // By kind: with histograms for every object, ten thousand of them fill the memory.
      assertThat(following.metrics())
          .contains("operator_sdk_controllers_execution")
          .doesNotContain("\"late-", "\"last-");
      // A leader that waits for its own exit would sit there until the kubelet kills it.
      following.component().log().signal("TERM");
      following.component().log().awaitExit(GRACE);
      stage.applyClients("then-", 1);
      stage.assertComplete(16);
      assertThat(stage.leader()).isEqualTo(leader);
    }
  }

  @Test
  void an_operator_that_is_killed_while_it_issues_goes_on_where_it_was() {
    try (OperatorStage stage = new OperatorStage(2)) {
      OperatorProcess operator = stage.operator("operator");
      stage.applyCluster();
      stage.applyClients("client-", 200);
      for (int profiles = 20; profiles <= 140; profiles += 60) {
        int wanted = profiles;
        Await.until(
            wanted + " profiles",
            OperatorStage.SOON,
            () -> stage.profiles().size(),
            size -> size >= wanted);
        operator.component().kill();
        operator.component().start();
      }
      stage.assertComplete(200);
    }
  }

  @Test
  void an_api_server_and_an_etcd_that_die_under_load_only_delay() {
    try (OperatorStage stage = new OperatorStage(2)) {
      try (KeptRunning operator = new KeptRunning(stage.operator("operator").component())) {
        stage.applyCluster();
        stage.applyClients("client-", 200);
        stage.plane().apiServer().kill();
        stage.plane().apiServer().start();
        stage.plane().awaitApi();
        stage.applyClients("more-", 100);
        stage.plane().etcd().kill();
        stage.plane().etcd().start();
        stage.plane().awaitApi();
        stage.assertComplete(300);
        assertThat(operator.isAlive()).isTrue();
      }
    }
  }

  @Test
  void a_missing_right_is_named_in_a_condition_and_heals() {
    try (OperatorStage stage = new OperatorStage(1)) {
      stage.installation().revoke("patch", "daemonsets");
      stage.operator("operator");
      stage.applyCluster();
      stage.awaitCondition(
          "Ready",
          condition ->
              condition != null
                  && condition.getStatus().equals("False")
                  && String.valueOf(condition.getMessage()).contains("patch")
                  && String.valueOf(condition.getMessage()).contains("daemonsets"));
      OperatorInstallation.install(stage.plane());
      stage.awaitCondition(
          "Ready", condition -> condition != null && condition.getStatus().equals("True"));
    }
  }
}

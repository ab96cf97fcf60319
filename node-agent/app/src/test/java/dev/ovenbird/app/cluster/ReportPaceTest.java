package dev.ovenbird.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.app.preflight.Finding;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReportPaceTest {
  private final ReportPace pace = new ReportPace(new Random(1));

  private static Report report(Mode mode, int sessions) {
    List<VpnInstanceStatus.Session> connected = new ArrayList<>();
    for (int i = 0; i < sessions; i++) {
      connected.add(new VpnInstanceStatus.Session("u" + i, "c" + i, "2026-01-01T00:00:00Z"));
    }
    return Report.of(
        1L, mode, connected, new Report.Verdict("Ready", "True", "Serving", "serves"), List.of());
  }

  @Test
  void what_says_nothing_new_is_never_due() {
    pace.wrote(report(Mode.Serve, 1), 1_000_000);
    assertThat(pace.due(report(Mode.Serve, 1), 9_000_000)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void sessions_wait_for_half_a_minute_and_modes_do_not() {
    assertThat(pace.due(report(Mode.Serve, 0), 1_000_000)).isNotPositive();
    pace.wrote(report(Mode.Serve, 0), 1_000_000);
    assertThat(pace.due(report(Mode.Serve, 1), 1_010_000)).isBetween(20_000L, 23_000L);
    assertThat(pace.due(report(Mode.Drain, 1), 1_010_000)).isNotPositive();
    assertThat(pace.due(report(Mode.Drain, 1), 1_000_100)).isEqualTo(900);
  }

  @Test
  void server_keys_are_told_with_the_next_ordinary_report_and_the_first_alone_is_not() {
    Report report = report(Mode.Serve, 0);
    assertThat(report.holding(List.of(1))).isEqualTo(report);
    pace.wrote(report, 1_000_000);
    assertThat(pace.due(report.holding(List.of(2, 1)), 1_010_000)).isBetween(20_000L, 23_000L);
    VpnInstanceStatus status = report.holding(List.of(2)).status(null, "2026-01-01T00:00:00Z");
    assertThat(status.serverKeyGenerations()).containsExactly(2);
    assertThat(Report.read(status)).isEqualTo(report.holding(List.of(2)));
  }

  @Test
  void attempts_that_fail_come_less_and_less_often() {
    long now = 1_000_000;
    pace.failed(now);
    assertThat(pace.due(report(Mode.Serve, 0), now)).isBetween(1L, 1000L);
    for (int i = 0; i < 20; i++) {
      pace.failed(now);
    }
    assertThat(pace.due(report(Mode.Serve, 0), now)).isBetween(15_000L, 45_000L);
  }

  @Test
  void what_was_there_before_an_attempt_without_an_answer_is_written_again() {
    pace.wrote(report(Mode.Serve, 0), 1_000_000);
    pace.failed(1_040_000);
    assertThat(pace.due(report(Mode.Serve, 0), 1_100_000)).isNotPositive();
    pace.wrote(report(Mode.Serve, 0), 1_100_000);
    assertThat(pace.due(report(Mode.Serve, 0), 1_200_000)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void predecessors_report_counts() {
    pace.starts(report(Mode.Serve, 1), 1_000_000);
    assertThat(pace.due(report(Mode.Serve, 1), 1_000_500)).isEqualTo(Long.MAX_VALUE);
    assertThat(pace.due(report(Mode.Serve, 2), 1_000_500)).isGreaterThan(29_000);
  }

  @Test
  void findings_become_conditions_and_one_verdict() {
    Report report =
        Report.of(
            1L,
            Mode.Serve,
            List.of(),
            new Report.Verdict("Ready", "True", "Serving", "serves"),
            List.of(
                new Finding("TunUsable", Finding.State.Good, "Opens", "it opens"),
                new Finding("PortsFree", Finding.State.Bad, "PortTaken", "1194 is taken")));
    assertThat(report.conditions())
        .extracting(Report.Verdict::type, Report.Verdict::status)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("Ready", "True"),
            org.assertj.core.groups.Tuple.tuple("NodeSuitable", "False"),
            org.assertj.core.groups.Tuple.tuple("TunUsable", "True"),
            org.assertj.core.groups.Tuple.tuple("PortsFree", "False"));
    assertThat(report(Mode.Serve, 1500).sessions()).hasSize(1000);
    assertThat(report(Mode.Serve, 1500).sessionCount()).isEqualTo(1500);
  }
}

package dev.ovenbird.app.cluster;

import dev.ovenbird.app.preflight.Finding;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.crds.v1alpha1.VpnInstanceStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What an instance says of itself, without times.
 *
 * @param mode carried out; null before it serves for the first time
 * @param serverKeyGenerations null if 1 alone, as the resource has it
 * @param sessions sorted, as many as the resource takes
 */
record Report(
    @Nullable Long observedGeneration,
    @Nullable Mode mode,
    @Nullable List<Integer> serverKeyGenerations,
    int sessionCount,
    List<VpnInstanceStatus.Session> sessions,
    List<Verdict> conditions) {
  private static final int MAX_SESSIONS = 1000;
  private static final int MAX_CONDITIONS = 16;
  private static final int MAX_MESSAGE = 1024;

  /**
   * A condition without its time.
   *
   * @param status True, False or Unknown
   */
  record Verdict(String type, String status, String reason, String message) {}

  static Report of(
      @Nullable Long observedGeneration,
      @Nullable Mode mode,
      List<VpnInstanceStatus.Session> connected,
      Verdict ready,
      List<Finding> findings) {
    List<Verdict> conditions = new ArrayList<>();
    conditions.add(ready);
    if (!findings.isEmpty()) {
      conditions.add(suitable(findings));
    }
    for (Finding finding : findings) {
      if (conditions.size() < MAX_CONDITIONS) {
        conditions.add(
            new Verdict(
                finding.type(),
                switch (finding.state()) {
                  case Good -> "True";
                  case Bad -> "False";
                  case Unknown -> "Unknown";
                },
                finding.reason(),
                shortened(finding.message())));
      }
    }
    return new Report(
        observedGeneration,
        mode,
        null,
        connected.size(),
        connected.stream()
            .sorted(Comparator.comparing(VpnInstanceStatus.Session::clientUid))
            .limit(MAX_SESSIONS)
            .toList(),
        List.copyOf(conditions));
  }

  /** The same of an instance that serves by these keys. */
  Report holding(List<Integer> generations) {
    return new Report(
        observedGeneration,
        mode,
        generations.equals(List.of(1)) ? null : generations,
        sessionCount,
        sessions,
        conditions);
  }

  /** Whether nothing that was found stands against the node. */
  private static Verdict suitable(List<Finding> findings) {
    List<Finding> bad = findings.stream().filter(one -> one.state() == Finding.State.Bad).toList();
    return bad.isEmpty()
        ? new Verdict("NodeSuitable", "True", "Checked", "nothing on the node stands against it")
        : new Verdict(
            "NodeSuitable",
            "False",
            bad.getFirst().reason(),
            shortened(bad.stream().map(Finding::message).collect(Collectors.joining("; "))));
  }

  /** What the API server has, as a report; null if the agent has never written one. */
  static @Nullable Report read(@Nullable VpnInstanceStatus status) {
    if (status == null || status.lastReportTime() == null || status.conditions() == null) {
      return null;
    }
    return new Report(
        status.observedGeneration(),
        status.mode(),
        status.serverKeyGenerations(),
        status.sessionCount() == null ? 0 : status.sessionCount(),
        status.sessions() == null ? List.of() : status.sessions(),
        status.conditions().stream()
            .map(
                one ->
                    new Verdict(one.getType(), one.getStatus(), one.getReason(), one.getMessage()))
            .toList());
  }

  /** Whether people and the operator should know at once. */
  boolean isUrgentAfter(@Nullable Report before) {
    return before == null
        || !java.util.Objects.equals(observedGeneration, before.observedGeneration)
        || mode != before.mode
        || !conditions.equals(before.conditions);
  }

  /**
   * As the resource has it.
   *
   * @param before conditions whose times go on where their status has not changed
   * @param now RFC 3339
   */
  VpnInstanceStatus status(@Nullable List<Condition> before, String now) {
    List<Condition> written = new ArrayList<>();
    for (Verdict verdict : conditions) {
      String since = now;
      for (Condition old : before == null ? List.<Condition>of() : before) {
        if (old.getType().equals(verdict.type()) && old.getStatus().equals(verdict.status())) {
          since = old.getLastTransitionTime();
        }
      }
      written.add(
          new ConditionBuilder()
              .withType(verdict.type())
              .withStatus(verdict.status())
              .withReason(verdict.reason())
              .withMessage(verdict.message())
              .withLastTransitionTime(since)
              .build());
    }
    return new VpnInstanceStatus(
        observedGeneration, mode, serverKeyGenerations, null, sessionCount, sessions, now, written);
  }

  private static String shortened(String text) {
    return text.length() <= MAX_MESSAGE ? text : text.substring(0, MAX_MESSAGE - 1) + "…";
  }
}

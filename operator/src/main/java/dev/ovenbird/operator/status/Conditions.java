package dev.ovenbird.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The conditions of one object: those it had, changed only where something is different. */
public final class Conditions {
  private final List<Condition> before;
  private final long generation;
  private final Instant now;
  private final List<Condition> next = new ArrayList<>();

  /**
   * @param before as the object has them
   * @param generation of the spec that was looked at
   */
  public Conditions(List<Condition> before, long generation, Instant now) {
    this.before = before;
    this.generation = generation;
    this.now = now;
  }

  /** Adds one; its transition time stays while its status does. */
  public Conditions set(String type, boolean status, String reason, String message) {
    String text = status ? "True" : "False";
    String since =
        before.stream()
            .filter(condition -> condition.getType().equals(type))
            .filter(condition -> text.equals(condition.getStatus()))
            .map(Condition::getLastTransitionTime)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString());
    next.add(
        new ConditionBuilder()
            .withType(type)
            .withStatus(text)
            .withReason(reason)
            .withMessage(message)
            .withObservedGeneration(generation)
            .withLastTransitionTime(since)
            .build());
    return this;
  }

  /** The same, of a verdict. */
  public Conditions set(String type, Verdict verdict) {
    return set(type, verdict.good(), verdict.reason(), verdict.message());
  }

  public List<Condition> list() {
    return List.copyOf(next);
  }
}

package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The schema of Kubernetes' own types that our resources hold, as its API conventions have it. */
final class KnownTypes {
  private KnownTypes() {}

  /** metav1.Condition. */
  static void markCondition(JSONSchemaProps condition) {
    condition.setRequired(List.of("lastTransitionTime", "message", "reason", "status", "type"));
    text(condition, "type", 1, 316);
    text(condition, "reason", 1, 1024).setPattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$");
    text(condition, "message", 0, 32768);
    oneOf(condition, "status", "False", "True", "Unknown");
    property(condition, "lastTransitionTime").setFormat("date-time");
    property(condition, "observedGeneration").setMinimum(0.0);
    describe(condition, "type", "What it is about, such as Ready.");
    describe(condition, "status", "Whether it holds.");
    describe(condition, "reason", "Why, as one word for programs.");
    describe(condition, "message", "Why, for people, and what to do.");
    describe(condition, "lastTransitionTime", "When the status last changed.");
    describe(condition, "observedGeneration", "The generation of the spec that it is about.");
  }

  /** core/v1 Toleration. */
  static void markToleration(JSONSchemaProps toleration) {
    oneOf(toleration, "effect", "NoExecute", "NoSchedule", "PreferNoSchedule");
    oneOf(toleration, "operator", "Equal", "Exists");
    text(toleration, "key", 0, 317);
    text(toleration, "value", 0, 63);
    describe(toleration, "key", "The taint's key; every key if left out, with operator Exists.");
    describe(toleration, "operator", "Equal (the default) or Exists, which looks at no value.");
    describe(toleration, "value", "The taint's value.");
    describe(toleration, "effect", "The taint's effect; every effect if left out.");
    describe(
        toleration,
        "tolerationSeconds",
        "With effect NoExecute: how long the taint is put up with; for ever if left out.");
  }

  /** core/v1 ResourceRequirements; claims are of devices, and an instance has none. */
  static void markResources(JSONSchemaProps resources) {
    resources.getProperties().remove("claims");
    describe(resources, "requests", "What the scheduler reserves, such as cpu: 500m.");
    describe(resources, "limits", "What the instance may not exceed, such as memory: 512Mi.");
  }

  private static JSONSchemaProps text(JSONSchemaProps schema, String name, long min, long max) {
    JSONSchemaProps text = property(schema, name);
    text.setMinLength(min == 0 ? null : min);
    text.setMaxLength(max);
    return text;
  }

  private static void oneOf(JSONSchemaProps schema, String name, String... values) {
    property(schema, name).setEnum(Stream.of(values).<JsonNode>map(TextNode::valueOf).toList());
  }

  private static void describe(JSONSchemaProps schema, String name, String description) {
    property(schema, name).setDescription(description);
  }

  static JSONSchemaProps property(JSONSchemaProps schema, String name) {
    return Objects.requireNonNull(schema.getProperties().get(name), name);
  }
}

package dev.ovenbird.e2e.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a rule lets pass and what it refuses, as whole resources.
 *
 * @param at where the rule stands
 * @param says part of its message
 * @param before what is there when good and bad come as changes of it; null if they are new
 */
record RuleCase(
    String kind,
    String at,
    String says,
    @Nullable ObjectNode before,
    List<ObjectNode> good,
    List<ObjectNode> bad) {

  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  /** The cases of a kind's file. */
  static List<RuleCase> of(String kind) {
    JsonNode file = read(kind);
    List<RuleCase> cases = new ArrayList<>();
    for (JsonNode one : file.path("cases")) {
      JsonNode base = file.path("base");
      ObjectNode before = one.has("before") ? merged(base, one.path("before")) : null;
      JsonNode start = before == null ? base : before;
      cases.add(
          new RuleCase(
              kind,
              one.path("at").asText(),
              one.path("says").asText(),
              before,
              all(start, one.path("good")),
              all(start, one.path("bad"))));
    }
    return cases;
  }

  /** The smallest good resource of a kind. */
  static ObjectNode base(String kind) {
    return read(kind).path("base").deepCopy();
  }

  boolean isOf(Rule rule) {
    return rule.at().equals(at) && rule.says().contains(says);
  }

  private static JsonNode read(String kind) {
    try (InputStream stream = RuleCase.class.getResourceAsStream(kind + ".yaml")) {
      return YAML.readTree(Objects.requireNonNull(stream, kind));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<ObjectNode> all(JsonNode base, JsonNode changes) {
    List<ObjectNode> all = new ArrayList<>();
    changes.forEach(change -> all.add(merged(base, change)));
    return all;
  }

  private static ObjectNode merged(JsonNode base, JsonNode change) {
    ObjectNode merged = base.deepCopy();
    merge(merged, change);
    return merged;
  }

  private static void merge(ObjectNode into, JsonNode change) {
    change
        .properties()
        .forEach(
            property -> {
              if (into.get(property.getKey()) instanceof ObjectNode inner
                  && property.getValue().isObject()) {
                merge(inner, property.getValue());
              } else {
                into.set(property.getKey(), property.getValue().deepCopy());
              }
            });
  }

  @Override
  public String toString() {
    return kind + " " + at + " " + says;
  }
}

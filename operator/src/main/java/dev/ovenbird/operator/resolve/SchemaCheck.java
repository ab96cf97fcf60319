package dev.ovenbird.operator.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ovenbird.crds.schema.DurationBounds;
import dev.ovenbird.crds.schema.Time;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Holds a document against the schema of its CRD, as the API server would: fields, types, enums,
 * patterns and bounds.
 */
final class SchemaCheck {
  private final YamlDocument document;
  private final List<Problem> problems;

  SchemaCheck(YamlDocument document, List<Problem> problems) {
    this.document = document;
    this.problems = problems;
  }

  void check(String path, JsonNode value, JsonNode schema) {
    if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
      require(path, value.isIntegralNumber() || value.isTextual(), "must be a number or a text");
      return;
    }
    switch (schema.path("type").asText()) {
      case "object" -> checkObject(path, value, schema);
      case "array" -> checkArray(path, value, schema);
      case "string" -> checkString(path, value, schema);
      case "integer" -> checkInteger(path, value, schema);
      case "boolean" -> require(path, value.isBoolean(), "must be true or false");
      default -> require(path, value.isValueNode(), "must be a plain value");
    }
  }

  private void checkObject(String path, JsonNode value, JsonNode schema) {
    if (!(value instanceof ObjectNode object)) {
      problem(path, "must be a group of fields; " + allowed(schema));
      return;
    }
    for (JsonNode name : schema.path("required")) {
      if (object.path(name.asText()).isMissingNode() || object.path(name.asText()).isNull()) {
        problem(join(path, name.asText()), "is missing; add it");
      }
    }
    JsonNode properties = schema.path("properties");
    JsonNode additional = schema.path("additionalProperties");
    Iterator<Map.Entry<String, JsonNode>> fields = object.properties().iterator();
    while (fields.hasNext()) {
      Map.Entry<String, JsonNode> field = fields.next();
      String at = join(path, field.getKey());
      JsonNode known = properties.has(field.getKey()) ? properties.get(field.getKey()) : additional;
      if (field.getValue().isNull()) {
        fields.remove(); // As if it had been left out.
      } else if (known.isObject()) {
        check(at, field.getValue(), known);
      } else {
        problem(at, "unknown field; " + allowed(schema));
        fields.remove();
      }
    }
  }

  private void checkArray(String path, JsonNode value, JsonNode schema) {
    if (!value.isArray()) {
      problem(path, "must be a list; write each entry after a dash or all in [ ]");
      return;
    }
    int size = value.size();
    if (size < schema.path("minItems").asInt(0) || size > maximum(schema, "maxItems")) {
      problem(path, "has " + size + " entries; give " + bounds(schema, "minItems", "maxItems"));
    }
    for (int i = 0; i < size; i++) {
      check(path + "[" + i + "]", value.get(i), schema.path("items"));
    }
  }

  private void checkString(String path, JsonNode value, JsonNode schema) {
    if (!value.isTextual()) {
      problem(path, "must be a text; put it in quotes");
      return;
    }
    String text = value.asText();
    int length = text.length();
    if (schema.has("enum")) {
      List<String> values = new ArrayList<>();
      schema.get("enum").forEach(one -> values.add(one.asText()));
      require(
          path, values.contains(text), quoted(text) + " is unknown; write one of " + list(values));
    } else if (length < schema.path("minLength").asInt(0)
        || length > maximum(schema, "maxLength")) {
      problem(
          path, "has " + length + " characters; give " + bounds(schema, "minLength", "maxLength"));
    } else if (schema.has("pattern") && !text.matches(schema.get("pattern").asText())) {
      problem(path, quoted(text) + " has not the right form; " + form(schema));
    }
  }

  private void checkInteger(String path, JsonNode value, JsonNode schema) {
    if (!value.isIntegralNumber()) {
      problem(path, "must be a whole number");
      return;
    }
    long number = value.asLong();
    if (number < schema.path("minimum").asLong(Integer.MIN_VALUE)
        || number > schema.path("maximum").asLong(Integer.MAX_VALUE)) {
      problem(path, number + " is out of bounds; give " + bounds(schema, "minimum", "maximum"));
    }
  }

  private static long maximum(JsonNode schema, String name) {
    return schema.path(name).asLong(Long.MAX_VALUE);
  }

  private static String bounds(JsonNode schema, String low, String high) {
    String from = String.valueOf(schema.path(low).asLong(0));
    return schema.has(high) ? from + " to " + schema.path(high).asLong() : "at least " + from;
  }

  /** Patterns that have a name are told by it; others as they stand. */
  private static String form(JsonNode schema) {
    String pattern = schema.get("pattern").asText();
    if (pattern.equals(DurationBounds.PATTERN)) {
      return "write a duration such as 90s, 8m or 1h30m";
    } else if (pattern.equals(Time.PATTERN)) {
      return "write a time such as 2027-01-31T18:00:00Z";
    } else if (pattern.startsWith("^[a-z0-9]")) {
      return "write lower-case letters, digits and dashes";
    }
    return "it must match " + pattern;
  }

  private static String allowed(JsonNode schema) {
    TreeSet<String> names = new TreeSet<>();
    schema.path("properties").fieldNames().forEachRemaining(names::add);
    return names.isEmpty() ? "write name: value" : "allowed are " + list(names);
  }

  private static String list(Iterable<String> words) {
    return String.join(", ", words);
  }

  private static String quoted(String text) {
    return "\"" + text + "\"";
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private void require(String path, boolean good, String message) {
    if (!good) {
      problem(path, message);
    }
  }

  private void problem(String path, String message) {
    problems.add(document.problem(path, message));
  }
}

package dev.ovenbird.operator.apply;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** Whether an object still has all that was applied to it; what others added is theirs. */
final class Subset {
  private Subset() {}

  static boolean contains(JsonNode actual, JsonNode desired) {
    if (desired.isObject()) {
      for (Map.Entry<String, JsonNode> field : desired.properties()) {
        JsonNode value = actual.get(field.getKey());
        if (value == null ? !isEmpty(field.getValue()) : !contains(value, field.getValue())) {
          return false;
        }
      }
      return actual.isObject() || desired.isEmpty();
    }
    if (desired.isArray()) {
      if (!actual.isArray() || actual.size() != desired.size()) {
        return false;
      }
      for (int i = 0; i < desired.size(); i++) {
        if (!contains(actual.get(i), desired.get(i))) {
          return false;
        }
      }
      return true;
    }
    return actual.equals(desired) || actual.asText().equals(desired.asText());
  }

  /** The API server leaves out what is empty. */
  private static boolean isEmpty(JsonNode value) {
    return value.isNull() || (value.isContainerNode() && value.isEmpty());
  }
}

package dev.ovenbird.operator.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * One document with the lines of its fields.
 *
 * @param line where it begins
 * @param lines from path ({@code spec.listeners[0].port}) to line
 */
record YamlDocument(JsonNode root, int line, Map<String, Integer> lines) {

  /** Line of the field, or of the nearest one around it. */
  int line(String path) {
    String at = path;
    while (!at.isEmpty()) {
      Integer line = lines.get(at);
      if (line != null) {
        return line;
      }
      at = at.substring(0, Math.max(Math.max(at.lastIndexOf('.'), at.lastIndexOf('[')), 0));
    }
    return line;
  }

  Problem problem(String path, String message) {
    return new Problem(line(path), path, message);
  }

  /** Text at {@code a.b}; empty if there is none. */
  String text(String path) {
    return root.at("/" + path.replace('.', '/')).asText("");
  }

  /** How other documents speak of it: {@code VpnClient alice}. */
  String title() {
    return text("kind") + " " + text("metadata.name");
  }
}

package dev.ovenbird.e2e.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The profile that buildah's package brings (Docker's, which RuntimeDefault comes from) for runc.
 */
final class SeccompProfile {
  private static final Path SHIPPED = Path.of("/usr/share/containers/seccomp.json");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MACHINE =
      System.getProperty("os.arch", "").equals("aarch64") ? "arm64" : "amd64";

  private SeccompProfile() {}

  /** What a container with these capabilities gets. */
  static JsonNode of(List<String> capabilities) {
    try {
      JsonNode shipped = JSON.readTree(SHIPPED.toFile());
      ObjectNode profile = JSON.createObjectNode();
      profile.set("defaultAction", shipped.get("defaultAction"));
      profile.put("defaultErrnoRet", 1);
      ArrayNode rules = profile.putArray("syscalls");
      for (JsonNode rule : shipped.get("syscalls")) {
        if (applies(rule, capabilities)) {
          ObjectNode copy = rules.addObject();
          for (String field : List.of("names", "action", "args", "errnoRet")) {
            if (rule.hasNonNull(field)) {
              copy.set(field, rule.get(field));
            }
          }
        }
      }
      return profile;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean applies(JsonNode rule, List<String> capabilities) {
    JsonNode includes = rule.path("includes");
    for (JsonNode needed : includes.path("caps")) {
      if (!capabilities.contains(needed.asText())) {
        return false;
      }
    }
    if (!includes.path("arches").isEmpty() && !has(includes.path("arches"), MACHINE)) {
      return false;
    }
    for (JsonNode unwanted : rule.path("excludes").path("caps")) {
      if (capabilities.contains(unwanted.asText())) {
        return false;
      }
    }
    return !has(rule.path("excludes").path("arches"), MACHINE);
  }

  private static boolean has(JsonNode list, String text) {
    for (JsonNode entry : list) {
      if (entry.asText().equals(text)) {
        return true;
      }
    }
    return false;
  }
}

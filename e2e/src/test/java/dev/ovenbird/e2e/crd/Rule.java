package dev.ovenbird.e2e.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * One CEL rule of a CRD.
 *
 * @param at where it stands, as in {@code spec.listeners[].lanes}
 * @param field what its message is about
 * @param says its message, or the expression that makes it
 */
record Rule(String kind, String at, String field, String says) {
  static final List<String> KINDS = List.of("VpnCluster", "VpnClient", "VpnInstance");

  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  static List<Rule> of(String kind) {
    String name =
        "/dev/ovenbird/crds/v1alpha1/" + kind.toLowerCase(Locale.ROOT) + "s.ovenbird.dev.yaml";
    try (InputStream stream = VpnCluster.class.getResourceAsStream(name)) {
      List<Rule> rules = new ArrayList<>();
      JsonNode crd = YAML.readTree(Objects.requireNonNull(stream, name));
      collect(kind, "", crd.at("/spec/versions/0/schema/openAPIV3Schema"), rules);
      return rules;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void collect(String kind, String at, JsonNode schema, List<Rule> rules) {
    for (JsonNode rule : schema.path("x-kubernetes-validations")) {
      String field = at.isEmpty() ? "metadata.name" : at + rule.path("fieldPath").asText();
      rules.add(
          new Rule(
              kind,
              at,
              field,
              rule.path("message").asText(rule.path("messageExpression").asText())));
    }
    schema
        .path("properties")
        .properties()
        .forEach(
            property ->
                collect(
                    kind,
                    at.isEmpty() ? property.getKey() : at + "." + property.getKey(),
                    property.getValue(),
                    rules));
    if (schema.has("items")) {
      collect(kind, at + "[]", schema.get("items"), rules);
    }
  }
}

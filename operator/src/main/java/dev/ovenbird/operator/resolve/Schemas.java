package dev.ovenbird.operator.resolve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** The schema of each kind's spec, from the generated CRDs. */
final class Schemas {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private Schemas() {}

  static JsonNode spec(String plural) {
    String name = "/dev/ovenbird/crds/v1alpha1/" + plural + ".ovenbird.dev.yaml";
    try (InputStream crd = VpnCluster.class.getResourceAsStream(name)) {
      return YAML.readTree(Objects.requireNonNull(crd, name))
          .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

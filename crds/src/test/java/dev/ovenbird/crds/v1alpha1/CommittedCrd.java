package dev.ovenbird.crds.v1alpha1;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A CRD as it is in the sources, and its fields in a flat list. */
record CommittedCrd(CustomResourceDefinition crd) {
  static final List<String> KINDS = List.of("vpncluster", "vpnclient", "vpninstance");

  /**
   * One field.
   *
   * @param path as in {@code spec.listeners[].port}
   * @param required whether the object around it must have it
   */
  record Field(String path, JSONSchemaProps schema, boolean required) {}

  static CommittedCrd of(String kind) {
    String name = "/dev/ovenbird/crds/v1alpha1/" + kind + "s.ovenbird.dev.yaml";
    InputStream stream = Objects.requireNonNull(CommittedCrd.class.getResourceAsStream(name), name);
    return new CommittedCrd(
        new KubernetesSerialization().unmarshal(stream, CustomResourceDefinition.class));
  }

  CustomResourceDefinitionVersion version() {
    return crd.getSpec().getVersions().getFirst();
  }

  JSONSchemaProps root() {
    return version().getSchema().getOpenAPIV3Schema();
  }

  /** Every field below {@code spec} or {@code status}, objects before what they hold. */
  List<Field> fields(String part) {
    List<Field> fields = new ArrayList<>();
    collect(part, KnownTypes.property(root(), part), fields);
    return fields;
  }

  private static void collect(String path, JSONSchemaProps schema, List<Field> fields) {
    for (Map.Entry<String, JSONSchemaProps> property : schema.getProperties().entrySet()) {
      String at = path + "." + property.getKey();
      JSONSchemaProps held = property.getValue();
      fields.add(new Field(at, held, schema.getRequired().contains(property.getKey())));
      if (held.getItems() != null) {
        collect(at + "[]", held.getItems().getSchema(), fields);
      } else {
        collect(at, held, fields);
      }
    }
  }
}

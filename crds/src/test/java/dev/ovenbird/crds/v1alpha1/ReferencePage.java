package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ovenbird.crds.schema.DurationBounds;
import dev.ovenbird.crds.schema.Time;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** A kind's page of the reference, out of its CRD. */
final class ReferencePage {
  private final CommittedCrd crd;
  private final StringBuilder page = new StringBuilder();

  private ReferencePage(CommittedCrd crd) {
    this.crd = crd;
  }

  /** The whole page, Markdown; the introduction is what a person wrote. */
  static String write(CommittedCrd crd, String introduction) {
    return new ReferencePage(crd).write(introduction);
  }

  private String write(String introduction) {
    var names = crd.crd().getSpec().getNames();
    page.append("<!-- Generated from the CRD by ReferencePagesTest; edit the Java types, or the")
        .append(" introduction in crds/src/test/resources/reference. -->\n")
        .append("# ")
        .append(names.getKind())
        .append("\n\n")
        .append(introduction.strip())
        .append("\n\n`apiVersion: ovenbird.dev/v1alpha1`, `kind: ")
        .append(names.getKind())
        .append("`, namespaced; `kubectl get ")
        .append(names.getPlural())
        .append("`, short `")
        .append(String.join("`, `", names.getShortNames()))
        .append("`; among all kinds of Ovenbird: `kubectl get ")
        .append(String.join(" ", names.getCategories()))
        .append("`.\n\n");
    fields("spec");
    rules();
    fields("status");
    columns();
    return page.toString();
  }

  private void fields(String part) {
    page.append("## ").append(part).append("\n\n");
    page.append("| Field | Type | Default | Limits | Description |\n|---|---|---|---|---|\n");
    for (CommittedCrd.Field field : crd.fields(part)) {
      page.append("| `").append(field.path(), part.length() + 1, field.path().length());
      page.append(field.required() ? "` (required)" : "`");
      row(type(field.schema()), byDefault(field.schema()), limits(field.schema()));
      row(field.schema().getDescription() == null ? "" : field.schema().getDescription());
      page.append(" |\n");
    }
    page.append('\n');
  }

  private void row(String... cells) {
    for (String cell : cells) {
      page.append(" | ").append(cell.replace("|", "\\|"));
    }
  }

  private static String type(JSONSchemaProps schema) {
    if (schema.getItems() != null) {
      return "list of " + type(schema.getItems().getSchema());
    } else if (Boolean.TRUE.equals(schema.getXKubernetesIntOrString())) {
      return "quantity";
    } else if (schema.getAdditionalProperties() != null) {
      return "map to " + type(schema.getAdditionalProperties().getSchema());
    } else if (!schema.getEnum().isEmpty()) {
      return or(schema.getEnum());
    } else if (DurationBounds.PATTERN.equals(schema.getPattern())) {
      return "duration";
    } else if (Time.PATTERN.equals(schema.getPattern()) || "date-time".equals(schema.getFormat())) {
      return "time";
    }
    return schema.getType();
  }

  private static String or(List<JsonNode> values) {
    StringJoiner words = new StringJoiner(", ");
    values.forEach(value -> words.add("`" + value.asText() + "`"));
    return words.toString();
  }

  private static String byDefault(JSONSchemaProps schema) {
    JsonNode value = schema.getDefault();
    // An object's default is that of its fields.
    return value == null || value.isObject() || (value.isEmpty() && value.isArray())
        ? ""
        : "`" + (value.isTextual() ? value.asText() : value) + "`";
  }

  private static String limits(JSONSchemaProps schema) {
    StringJoiner limits = new StringJoiner("; ");
    bounds(limits, schema.getMinimum(), schema.getMaximum(), "");
    if (schema.getItems() != null) {
      bounds(limits, schema.getMinItems(), schema.getMaxItems(), " entries");
      JSONSchemaProps item = schema.getItems().getSchema();
      if ("map".equals(schema.getXKubernetesListType())) {
        limits.add("one for each `" + schema.getXKubernetesListMapKeys().getFirst() + "`");
      }
      if (item.getMaximum() != null) {
        StringJoiner each = new StringJoiner("");
        bounds(each, item.getMinimum(), item.getMaximum(), "");
        limits.add("each " + each);
      }
    }
    if ("string".equals(schema.getType())
        && !"duration".equals(type(schema))
        && !"time".equals(type(schema))
        && schema.getEnum().isEmpty()) {
      bounds(limits, schema.getMinLength(), schema.getMaxLength(), " characters");
      if (schema.getPattern() != null) {
        limits.add("`" + schema.getPattern() + "`");
      }
    }
    return limits.toString();
  }

  private static void bounds(
      StringJoiner limits,
      @org.jspecify.annotations.Nullable Number low,
      @org.jspecify.annotations.Nullable Number high,
      String unit) {
    if (low != null && high != null) {
      limits.add(low.longValue() + " to " + high.longValue() + unit);
    } else if (high != null) {
      limits.add("at most " + high.longValue() + unit);
    } else if (low != null) {
      limits.add("at least " + low.longValue() + unit);
    }
  }

  private void rules() {
    List<String[]> rows = new ArrayList<>();
    collect("", crd.root(), rows);
    collect("spec", KnownTypes.property(crd.root(), "spec"), rows);
    for (CommittedCrd.Field field : crd.fields("spec")) {
      collect(field.path(), field.schema(), rows);
      if (field.schema().getItems() != null) {
        collect(field.path() + "[]", field.schema().getItems().getSchema(), rows);
      }
    }
    page.append("## What is refused\n\nBesides the limits above, with these words:\n\n");
    page.append("| Where | Message |\n|---|---|\n");
    for (String[] row : rows) {
      page.append("| `").append(row[0]).append("` | ").append(row[1].replace("|", "\\|"));
      page.append(" |\n");
    }
    page.append('\n');
  }

  private static void collect(String path, JSONSchemaProps schema, List<String[]> rows) {
    for (ValidationRule rule : schema.getXKubernetesValidations()) {
      String field = rule.getFieldPath() == null ? path : path + rule.getFieldPath();
      rows.add(new String[] {field.isEmpty() ? "metadata.name" : field, message(rule)});
    }
  }

  /** What a person reads; … stands for what they wrote. */
  private static String message(ValidationRule rule) {
    if (rule.getMessage() != null) {
      return rule.getMessage();
    }
    StringBuilder text = new StringBuilder();
    String[] parts = rule.getMessageExpression().split("'", -1);
    for (int i = 0; i < parts.length; i++) {
      if (i % 2 == 1) {
        text.append(parts[i]);
      } else if (parts[i].matches(".*[a-z].*")) {
        text.append('…');
      }
    }
    return text.toString();
  }

  private void columns() {
    page.append("## Columns\n\n`kubectl get` shows these, and those in italics with `-o wide`: ");
    StringJoiner columns = new StringJoiner(", ");
    crd.version()
        .getAdditionalPrinterColumns()
        .forEach(
            column -> {
              String mark = column.getPriority() != null && column.getPriority() > 0 ? "*" : "";
              columns.add(mark + column.getName() + mark + " (`" + column.getJsonPath() + "`)");
            });
    page.append(columns).append(".\n");
  }
}

package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ovenbird.crds.schema.DurationBounds;
import dev.ovenbird.crds.schema.ListKey;
import dev.ovenbird.crds.schema.Time;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;

/** Adds to a generated CRD what {@code crds.schema} says and what the generator leaves out. */
final class SchemaMarkers implements CRDPostProcessor {
  private final List<Class<?>> resources;

  SchemaMarkers(List<Class<?>> resources) {
    this.resources = resources;
  }

  @Override
  public HasMetadata process(HasMetadata generated, String crdVersion) {
    CustomResourceDefinition crd = (CustomResourceDefinition) generated;
    String kind = crd.getSpec().getNames().getKind();
    Class<?> resource =
        resources.stream()
            .filter(one -> one.getSimpleName().equals(kind))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(kind));
    crd.getSpec().getNames().setCategories(List.of("vpn"));
    CustomResourceDefinitionVersion version = crd.getSpec().getVersions().getFirst();
    orderColumns(version, resource);
    JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
    root.setDescription(resource.getAnnotation(JsonClassDescription.class).value());
    root.setRequired(List.of("spec"));
    Type[] parts = ((ParameterizedType) resource.getGenericSuperclass()).getActualTypeArguments();
    markRecord(KnownTypes.property(root, "spec"), (Class<?>) parts[0]);
    markRecord(KnownTypes.property(root, "status"), (Class<?>) parts[1]);
    return crd;
  }

  /** The generator sorts columns by path; people read them in the order that we wrote. */
  private static void orderColumns(CustomResourceDefinitionVersion version, Class<?> resource) {
    List<String> names = new ArrayList<>();
    for (AdditionalPrinterColumn column :
        resource.getAnnotationsByType(AdditionalPrinterColumn.class)) {
      names.add(column.name());
    }
    version
        .getAdditionalPrinterColumns()
        .sort(Comparator.comparingInt(column -> names.indexOf(column.getName())));
  }

  private static void markRecord(JSONSchemaProps schema, Class<?> type) {
    dropRepeated(schema);
    for (RecordComponent component : type.getRecordComponents()) {
      JSONSchemaProps property = KnownTypes.property(schema, component.getName());
      mark(property, component.getAnnotatedType());
      if (property.getDefault() != null && property.getDefault().isObject()) {
        property.setDefault(defaultsOfFields(property));
      }
      ListKey key = field(type, component).getAnnotation(ListKey.class);
      if (key != null) {
        mapList(property, key.value());
      }
    }
  }

  /**
   * All of them, as the API server holds an object's default to the rules before it fills it in.
   * The generator asks the Java type, which also knows what depends on other fields.
   */
  private static ObjectNode defaultsOfFields(JSONSchemaProps schema) {
    ObjectNode defaults = JsonNodeFactory.instance.objectNode();
    schema
        .getProperties()
        .forEach(
            (name, property) -> {
              if (property.getDefault() != null) {
                defaults.set(name, property.getDefault());
              }
            });
    return defaults;
  }

  private static void mark(JSONSchemaProps schema, AnnotatedType type) {
    for (Annotation annotation : type.getAnnotations()) {
      markFor(schema, annotation);
    }
    dropRepeated(schema);
    if (type.getType() instanceof Class<?> plain && plain.isRecord()) {
      markRecord(schema, plain);
    } else if (type.getType() == ResourceRequirements.class) {
      KnownTypes.markResources(schema);
    } else if (type instanceof AnnotatedParameterizedType generic
        && generic.getType() instanceof ParameterizedType list
        && list.getRawType() == List.class) {
      AnnotatedType item = generic.getAnnotatedActualTypeArguments()[0];
      JSONSchemaProps items = schema.getItems().getSchema();
      schema.setXKubernetesListType("atomic");
      if (item.getType() == Condition.class) {
        mapList(schema, "type");
        KnownTypes.markCondition(items);
      } else if (item.getType() == Toleration.class) {
        KnownTypes.markToleration(items);
      } else {
        mark(items, item);
      }
    }
  }

  private static void markFor(JSONSchemaProps schema, Annotation annotation) {
    for (ValidationRule rule :
        annotation.annotationType().getAnnotationsByType(ValidationRule.class)) {
      addRule(schema, rule.value(), rule.messageExpression());
    }
    if (annotation instanceof Time) {
      schema.setFormat("date-time");
      schema.setPattern(Time.PATTERN);
    } else if (annotation instanceof DurationBounds bounds) {
      schema.setPattern(DurationBounds.PATTERN);
      schema.setMinLength(2L);
      schema.setMaxLength(16L);
      addRule(
          schema,
          "!self.matches('%s') || (duration(self) >= duration('%s') && duration(self) <= duration('%s'))"
              .formatted(DurationBounds.PATTERN, bounds.min(), bounds.max()),
          "self + ' is out of bounds; give %s to %s'".formatted(bounds.min(), bounds.max()));
    }
  }

  private static void addRule(JSONSchemaProps schema, String rule, String messageExpression) {
    List<io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule> rules =
        new ArrayList<>(schema.getXKubernetesValidations());
    io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule added =
        new io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule();
    added.setRule(rule);
    added.setMessageExpression(messageExpression);
    rules.add(added);
    schema.setXKubernetesValidations(rules);
  }

  /** The generator finds a record's rules at the field and again at its accessor. */
  private static void dropRepeated(JSONSchemaProps schema) {
    schema.setXKubernetesValidations(
        List.copyOf(new LinkedHashSet<>(schema.getXKubernetesValidations())));
  }

  private static void mapList(JSONSchemaProps schema, String key) {
    schema.setXKubernetesListType("map");
    schema.setXKubernetesListMapKeys(List.of(key));
  }

  private static java.lang.reflect.Field field(Class<?> type, RecordComponent component) {
    try {
      return type.getDeclaredField(component.getName());
    } catch (NoSuchFieldException e) {
      throw new AssertionError(e);
    }
  }
}

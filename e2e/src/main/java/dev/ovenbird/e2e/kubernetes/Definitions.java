package dev.ovenbird.e2e.kubernetes;

import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.process.Await;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The CRDs and admission policies of the chart. */
final class Definitions {
  private static final String RESOURCES = "helm/ovenbird/files";
  private static final Duration ESTABLISHED = Duration.ofSeconds(30);
  static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("ovenbird-e2e")
          .withForce(true)
          .build();

  private Definitions() {}

  static void install(KubernetesClient client) {
    List<HasMetadata> policies = new ArrayList<>();
    List<CustomResourceDefinition> definitions = new ArrayList<>();
    for (HasMetadata item : items(client, Installation.home().resolve(RESOURCES))) {
      if (item instanceof CustomResourceDefinition definition) {
        definitions.add(definition);
      } else {
        policies.add(item);
      }
    }
    definitions.forEach(definition -> client.resource(definition).patch(APPLY));
    for (CustomResourceDefinition definition : definitions) {
      client
          .apiextensions()
          .v1()
          .customResourceDefinitions()
          .withName(definition.getMetadata().getName())
          .waitUntilCondition(
              Definitions::isEstablished, ESTABLISHED.toMillis(), TimeUnit.MILLISECONDS);
    }
    definitions.forEach(definition -> awaitServed(client, definition));
    // A policy whose parameter kind is missing would refuse everything.
    policies.forEach(policy -> client.resource(policy).patch(APPLY));
  }

  /** An established kind is still answered with 404 until the API server has heard of it itself. */
  private static void awaitServed(KubernetesClient client, CustomResourceDefinition definition) {
    String path =
        "/apis/%s/%s/%s?limit=1"
            .formatted(
                definition.getSpec().getGroup(),
                definition.getSpec().getVersions().getFirst().getName(),
                definition.getSpec().getNames().getPlural());
    Await.until(path + " is served", ESTABLISHED, () -> client.raw(path), Objects::nonNull);
  }

  private static boolean isEstablished(CustomResourceDefinition definition) {
    return definition != null
        && definition.getStatus() != null
        // For a moment there is a status that says nothing.
        && definition.getStatus().getConditions() != null
        && definition.getStatus().getConditions().stream()
            .anyMatch(it -> it.getType().equals("Established") && it.getStatus().equals("True"));
  }

  private static List<HasMetadata> items(KubernetesClient client, Path folder) {
    List<HasMetadata> items = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(it -> it.toString().endsWith(".yaml")).sorted().toList()) {
        try (InputStream in = Files.newInputStream(file)) {
          items.addAll(client.load(in).items());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return items;
  }
}

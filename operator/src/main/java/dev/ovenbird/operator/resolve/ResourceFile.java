package dev.ovenbird.operator.resolve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.crds.v1alpha1.VpnClientSpec;
import dev.ovenbird.crds.v1alpha1.VpnClusterSpec;
import dev.ovenbird.operator.address.TunnelNetworks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A YAML file with one VpnCluster and its VpnClients, as local mode takes it. */
public final class ResourceFile {
  static final String API_VERSION = "ovenbird.dev/v1alpha1";

  private static final Set<String> DOCUMENT_FIELDS =
      Set.of("apiVersion", "kind", "metadata", "spec", "status");
  // The last ones are what `kubectl get -o yaml` adds; they are ignored.
  private static final List<String> METADATA_FIELDS =
      List.of(
          "name",
          "namespace",
          "labels",
          "annotations",
          "creationTimestamp",
          "finalizers",
          "generation",
          "managedFields",
          "ownerReferences",
          "resourceVersion",
          "uid");
  private static final String NAME = "[a-z0-9]([-a-z0-9.]*[a-z0-9])?";
  private static final int MAX_NAME = 63;
  private static final JsonNode CLUSTER_SCHEMA = Schemas.spec("vpnclusters");
  private static final JsonNode CLIENT_SCHEMA = Schemas.spec("vpnclients");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final List<Problem> problems = new ArrayList<>();
  private final List<YamlDocument> clusters = new ArrayList<>();
  private final List<YamlDocument> clients = new ArrayList<>();

  private ResourceFile() {}

  /**
   * Reads and checks all of it.
   *
   * @param file name for problems
   * @throws InvalidInputException with every problem found
   */
  public static ResolvedCluster parse(String file, String text) throws InvalidInputException {
    ResourceFile resources = new ResourceFile();
    ResolvedCluster cluster = resources.resolve(text);
    if (cluster == null || !resources.problems.isEmpty()) {
      throw new InvalidInputException(file, resources.problems);
    }
    return cluster;
  }

  private @Nullable ResolvedCluster resolve(String text) {
    List<YamlDocument> documents = YamlReader.read(text, problems);
    if (documents.isEmpty() && problems.isEmpty()) {
      problems.add(new Problem(0, "", "is empty; write a VpnCluster and its VpnClients into it"));
    }
    documents.forEach(this::checkDocument);
    if (!problems.isEmpty()) {
      return null; // What is not even of the right form would only add misleading lines.
    }
    checkNames(clients);
    if (clusters.isEmpty()) {
      problems.add(new Problem(0, "", "has no VpnCluster; add one (kind: VpnCluster)"));
      return null;
    }
    YamlDocument first = clusters.getFirst();
    for (YamlDocument other : clusters.subList(1, clusters.size())) {
      problems.add(
          other.problem(
              "kind",
              "is a second VpnCluster, after the one on line "
                  + first.line()
                  + "; put it into a file of its own"));
    }
    return resolve(first);
  }

  private @Nullable ResolvedCluster resolve(YamlDocument cluster) {
    VpnClusterSpec spec = bind(cluster, VpnClusterSpec.class);
    if (spec == null) {
      return null;
    }
    Problems found = (field, message) -> problems.add(cluster.problem(field, message));
    LocalCheck.check(spec, found);
    new ClusterCheck(spec, found).check();
    TunnelNetworks networks = new NetworkCheck(found).check(spec.networkCIDRs());
    if (networks == null) {
      return null;
    }
    ClientCheck check = new ClientCheck(cluster, networks, problems);
    List<ResolvedClient> resolved = new ArrayList<>();
    for (YamlDocument client : clients) {
      VpnClientSpec clientSpec = bind(client, VpnClientSpec.class);
      if (clientSpec != null) {
        resolved.add(check.check(client, clientSpec));
      }
    }
    resolved.sort(Comparator.comparing(ResolvedClient::name));
    return new ResolvedCluster(
        namespace(cluster),
        cluster.text("metadata.name"),
        spec,
        networks,
        List.copyOf(resolved),
        cluster.line("spec.networkCIDRs"));
  }

  static String namespace(YamlDocument document) {
    String namespace = document.text("metadata.namespace");
    return namespace.isEmpty() ? "default" : namespace;
  }

  private void checkDocument(YamlDocument document) {
    int before = problems.size();
    JsonNode root = document.root();
    if (!root.isObject()) {
      problems.add(
          document.problem("", "is no resource; write apiVersion, kind, metadata and spec"));
      return;
    }
    root.fieldNames()
        .forEachRemaining(
            field -> {
              if (!DOCUMENT_FIELDS.contains(field)) {
                problems.add(
                    document.problem(
                        field, "unknown field; allowed are apiVersion, kind, metadata, spec"));
              }
            });
    if (!document.text("apiVersion").equals(API_VERSION)) {
      problems.add(
          document.problem(
              "apiVersion",
              "is \"" + document.text("apiVersion") + "\"; write apiVersion: " + API_VERSION));
    }
    checkMetadata(document);
    switch (document.text("kind")) {
      case "VpnCluster" -> checkSpec(document, CLUSTER_SCHEMA, clusters);
      case "VpnClient" -> checkSpec(document, CLIENT_SCHEMA, clients);
      case "" ->
          problems.add(document.problem("kind", "is missing; write VpnCluster or VpnClient"));
      default ->
          problems.add(
              document.problem(
                  "kind",
                  "unknown kind \"" + document.text("kind") + "\"; write VpnCluster or VpnClient"));
    }
    if (problems.size() == before && document.root().path("spec").isMissingNode()) {
      problems.add(document.problem("spec", "is missing; add it"));
    }
  }

  private void checkSpec(YamlDocument document, JsonNode schema, List<YamlDocument> kind) {
    JsonNode spec = document.root().path("spec");
    if (spec.isMissingNode() || spec.isNull()) {
      problems.add(document.problem("spec", "is missing; add it"));
    } else {
      new SchemaCheck(document, problems).check("spec", spec, schema);
    }
    kind.add(document);
  }

  private void checkMetadata(YamlDocument document) {
    JsonNode metadata = document.root().path("metadata");
    metadata
        .fieldNames()
        .forEachRemaining(
            field -> {
              if (!METADATA_FIELDS.contains(field)) {
                problems.add(
                    document.problem(
                        "metadata." + field,
                        "unknown field; allowed are "
                            + String.join(", ", METADATA_FIELDS.subList(0, 4))));
              }
            });
    String name = document.text("metadata.name");
    if (name.isEmpty()) {
      problems.add(document.problem("metadata.name", "is missing; give it a name"));
    } else if (name.length() > MAX_NAME) {
      problems.add(
          document.problem(
              "metadata.name", "has " + name.length() + " characters; give at most " + MAX_NAME));
    } else if (!name.matches(NAME)) {
      problems.add(
          document.problem(
              "metadata.name",
              "\"" + name + "\" is no name; write lower-case letters, digits, dots and dashes"));
    } else if (name.contains(".") && document.text("kind").equals("VpnCluster")) {
      problems.add(
          document.problem(
              "metadata.name",
              "names all that belongs to the cluster, so it has no dots; write dashes"));
    }
  }

  private void checkNames(List<YamlDocument> documents) {
    Map<String, YamlDocument> seen = new HashMap<>();
    for (YamlDocument document : documents) {
      YamlDocument first = seen.putIfAbsent(document.text("metadata.name"), document);
      if (first != null) {
        problems.add(
            document.problem(
                "metadata.name",
                document.title()
                    + " is there already, on line "
                    + first.line()
                    + "; give one of them another name"));
      }
    }
  }

  private <T> @Nullable T bind(YamlDocument document, Class<T> type) {
    try {
      return MAPPER.treeToValue(document.root().path("spec"), type);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      problems.add(document.problem("spec", first + "; correct it"));
      return null;
    }
  }
}

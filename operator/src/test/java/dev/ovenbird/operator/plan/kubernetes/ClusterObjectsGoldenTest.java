package dev.ovenbird.operator.plan.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.ovenbird.operator.Golden;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.plan.Node;
import dev.ovenbird.operator.resolve.ResolvedCluster;
import dev.ovenbird.operator.resolve.ResourceFile;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every object that is rendered for a cluster, whole. */
class ClusterObjectsGoldenTest {
  private static final Path FOLDER = Golden.folder("plan-kubernetes");
  private static final ObjectMapper YAML =
      new ObjectMapper(new YAMLFactory().enable(YAMLGenerator.Feature.MINIMIZE_QUOTES))
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
  private static final Node NODE =
      new Node(
          "node1", List.of(Objects.requireNonNull(IpAddress.parse("198.51.100.7"))), List.of());

  @TestFactory
  Stream<DynamicTest> each_cluster_gives_its_objects() {
    return Golden.files(FOLDER).stream()
        .map(
            folder ->
                DynamicTest.dynamicTest(
                    folder.getFileName().toString(),
                    () ->
                        Golden.compare(
                            folder.resolve("out.yaml"),
                            rendered(Golden.read(folder.resolve("in.yaml"))))));
  }

  @Test
  void no_file_is_unused() {
    assertThat(Golden.files(FOLDER))
        .allSatisfy(
            folder ->
                assertThat(Golden.files(folder))
                    .containsExactly(folder.resolve("in.yaml"), folder.resolve("out.yaml")));
  }

  private static String rendered(String text) throws Exception {
    ResolvedCluster cluster = ResourceFile.parse("in.yaml", text);
    Owner owner =
        new Owner(
            cluster.namespace(),
            cluster.name(),
            "11111111-2222-4333-8444-555555555555",
            "ovenbird-agents");
    TreeSet<Integer> lanes =
        IntStream.range(0, cluster.spec().instances().perNode())
            .boxed()
            .collect(Collectors.toCollection(TreeSet::new));
    StringBuilder all = new StringBuilder();
    for (HasMetadata object :
        ClusterObjects.render(
                cluster,
                owner,
                AgentPods.of("registry.example/agent:1"),
                List.of(NODE),
                List.of(NODE),
                lanes,
                new ServerSecrets(List.of("KEY 2", "KEY 1"), List.of(), List.of("CA"), List.of()))
            .all()) {
      all.append(YAML.writeValueAsString(object));
    }
    return all.toString();
  }
}

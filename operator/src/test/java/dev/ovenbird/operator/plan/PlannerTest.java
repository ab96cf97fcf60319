package dev.ovenbird.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.operator.Golden;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.issue.Identities;
import dev.ovenbird.operator.resolve.Problem;
import dev.ovenbird.operator.resolve.ResolvedCluster;
import dev.ovenbird.operator.resolve.ResourceFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class PlannerTest {
  private static final Path FOLDER = Golden.folder("plan");
  private static final ObjectMapper YAML =
      new ObjectMapper(
              new YAMLFactory()
                  .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                  .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER))
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
  private static final Node NODE =
      new Node(
          "local",
          List.of(),
          Stream.of("192.0.2.7", "2001:db8::7")
              .map(text -> Objects.requireNonNull(IpAddress.parse(text)))
              .toList());

  @TestFactory
  Stream<DynamicTest> each_input_gives_its_plan() {
    return Golden.files(FOLDER).stream()
        .map(
            folder ->
                DynamicTest.dynamicTest(
                    folder.getFileName().toString(),
                    () ->
                        Golden.compare(
                            folder.resolve("out.yaml"),
                            YAML.writeValueAsString(
                                plan(Golden.read(folder.resolve("in.yaml")))))));
  }

  @Test
  void no_file_is_unused() {
    assertThat(Golden.files(FOLDER))
        .allSatisfy(
            folder ->
                assertThat(Golden.files(folder))
                    .containsExactly(folder.resolve("in.yaml"), folder.resolve("out.yaml")));
  }

  private static ClusterPlan plan(String text) throws Exception {
    ResolvedCluster cluster = ResourceFile.parse("in.yaml", text);
    AtomicLong next = new AtomicLong();
    Supplier<UUID> uids = () -> new UUID(0x1111L << 48 | 0x4000, next.incrementAndGet());
    List<Problem> problems = new ArrayList<>();
    ClusterState state =
        Identities.update(cluster, Identities.initial(cluster, uids), uids, problems);
    assertThat(problems).isEmpty();
    return Planner.plan(cluster, state, List.of(NODE), new Layout());
  }

  private static final class Layout implements InstanceLayout {
    @Override
    public InstanceConfig.Files files(InstanceId instance) {
      return new InstanceConfig.Files("/tls.crt", "/tls.key", "/ca.crt", "/v2.pem", "/roster");
    }

    @Override
    public String users(String secret) {
      return "/secrets/" + secret + "/users";
    }

    @Override
    public String controlSocket(InstanceId instance) {
      return "/control." + instance.lane();
    }

    @Override
    public String httpAddress(InstanceId instance) {
      return "127.0.0.1:" + (9470 + instance.lane());
    }
  }
}

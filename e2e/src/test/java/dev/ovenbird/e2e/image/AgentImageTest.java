package dev.ovenbird.e2e.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.cluster.Installation;
import dev.ovenbird.e2e.cluster.LocalCluster;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The node agent's image, run as its DaemonSet runs it. */
class AgentImageTest {
  private static final long MAX_COMPRESSED = 150_000_000;
  private static final String STATE = "/run/ovenbird/state";
  private static final String CLASSES = "/opt/ovenbird/lib/*";
  private static final List<String> NET_ADMIN = List.of("CAP_NET_ADMIN");
  private static final Scope SCOPE = new Scope();
  private static Image image;

  @BeforeAll
  static void unpack() {
    image = Image.unpack(SCOPE, "node-agent");
  }

  @AfterAll
  static void remove() {
    SCOPE.close();
  }

  @Test
  void image_is_small_and_holds_only_what_runs() {
    long bytes = image.compressedBytes();
    System.out.printf("node-agent: %.1f MB compressed (zstd)%n", bytes / 1e6);
    assertThat(bytes).isLessThan(MAX_COMPRESSED);
    assertThat(image.find("-xdev", "-perm", "/6000")).as("setuid or setgid").isEmpty();
    assertThat(image.find("-xdev", "-perm", "-0002", "!", "-type", "l", "!", "-path", "*/tmp"))
        .as("world-writable")
        .isEmpty();
    assertThat(
            image.find(
                "-path",
                "*/var/cache/*",
                "-o",
                "-path",
                "*/var/lib/apt*",
                "-o",
                "-name",
                "apt",
                "-o",
                "-name",
                "dpkg",
                "-type",
                "f"))
        .as("package manager and its caches")
        .isEmpty();
    assertThat(image.find("-name", "*.key", "-o", "-name", "*.pem", "-o", "-name", "*.p12"))
        .as("keys")
        .isEmpty();
  }

  @Test
  void sbom_names_jars_packages_and_runtime() {
    assertThat(image.components())
        .contains("bctls-jdk18on", "netty-buffer", "nftables", "libssl3t64", "openjdk");
    assertThat(image.root().resolve("opt/ovenbird/sbom.cdx.json"))
        .hasSameTextualContentAs(
            Installation.home().resolve(".ovenbird/images/node-agent.cdx.json"));
  }

  @Test
  void ciphers_are_those_of_openssl_3_5() {
    Path classes = Installation.home().resolve("e2e/target/test-classes");
    Command.Result said =
        new Container(SCOPE, image, 0, List.of())
            .bind(classes, "/run/check", "ro")
            .run(
                Map.of(),
                "java",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                CLASSES + ":/run/check",
                "dev.ovenbird.e2e.image.CryptoCheck");
    assertThat(said.output())
        .contains("LibcryptoAeadProvider")
        .containsPattern("OpenSSL 3\\.([5-9]|[1-9][0-9])");
  }

  @Test
  void agent_serves_with_net_admin_alone_and_a_read_only_root() throws IOException {
    try (Scope scope = new Scope()) {
      Lab lab = Lab.create(scope, 0);
      Path state = instance(scope, lab);
      Container container =
          new Container(scope, image, 0, NET_ADMIN)
              .in(lab.server().name())
              .bind(Path.of("/dev/net/tun"), "/dev/net/tun", "rw")
              .bind(state, STATE, "rw");
      LoggedProcess agent =
          container.start(
              Map.of(), "/opt/ovenbird/bin/agent", "once", "--config", STATE + "/config.json");
      String ready =
          Await.until(
              "ready",
              Duration.ofSeconds(45),
              () -> agent.tail(20),
              text -> text.contains("Ready "));
      System.out.println("image: " + ready.strip());
      Command.Result probe =
          container.exec("java", "-cp", CLASSES, "dev.ovenbird.app.Probe", STATE + "/control.sock");
      assertThat(probe.status()).as(probe.output()).isZero();
      assertThat(container.exec("java", "-cp", CLASSES, "dev.ovenbird.app.Probe", "/none").status())
          .isEqualTo(1);
    }
  }

  /** Configuration and keys of an instance, as a local cluster leaves them. */
  private static Path instance(Scope scope, Lab lab) throws IOException {
    Path dir = TempFolder.create(scope, "ovenbird-e2e");
    LocalCluster cluster =
        LocalCluster.start(scope, lab.server(), dir, new ClusterSpec().lanes(1).client("alice"));
    cluster.interrupt();
    Path state = TempFolder.create(scope, "ovenbird-e2e-state");
    ObjectMapper json = new ObjectMapper();
    ObjectNode config =
        (ObjectNode) json.readTree(cluster.state().resolve("instances/0/config.json").toFile());
    ObjectNode files = (ObjectNode) config.get("files");
    for (Map.Entry<String, JsonNode> file : files.properties()) {
      Path from = Path.of(file.getValue().asText());
      Path to = state.resolve(String.valueOf(from.getFileName()));
      Files.copy(from, to);
      file.setValue(json.valueToTree(STATE + "/" + to.getFileName()));
    }
    config.put("controlSocket", STATE + "/control.sock");
    config.putNull("httpAddress");
    json.writeValue(state.resolve("config.json").toFile(), config);
    return state;
  }
}

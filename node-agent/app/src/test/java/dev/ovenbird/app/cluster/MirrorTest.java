package dev.ovenbird.app.cluster;

import static dev.ovenbird.app.TestInstance.ALICE;
import static dev.ovenbird.app.TestInstance.BOB;
import static dev.ovenbird.app.TestInstance.CLUSTER;
import static dev.ovenbird.app.TestInstance.entry;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ovenbird.app.TestCredentials;
import dev.ovenbird.app.TestInstance;
import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.ConfigFile;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.Roster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MirrorTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path temp;
  private final Path state;
  private final Mirror mirror;

  MirrorTest(@TempDir Path temp) throws ConfigException {
    this.temp = temp;
    state = temp.resolve("state");
    mirror = new Mirror(environment(state, 2), StateFolder.open(state));
  }

  static ClusterEnvironment environment(Path state, int shards) {
    return new ClusterEnvironment(
        "node1",
        "fd00:10::7",
        "ovenbird-agents",
        CLUSTER,
        "ovenbird-0b8f0c1e7d3a4c55",
        0,
        "config",
        "roster-",
        shards,
        "keys",
        "vpn.office.0.node1",
        state,
        state.resolve("control.sock"),
        "https://127.0.0.1:1",
        state);
  }

  private ConfigMap config(String node) throws Exception {
    ObjectNode tree = JSON.valueToTree(TestInstance.config(state));
    tree.put("node", node);
    ObjectNode files = (ObjectNode) tree.get("files");
    files.put("certificateChain", state + "/tls.pem").put("privateKey", state + "/tls.pem");
    files.put("clientCas", state + "/client-cas.pem");
    files.put("tlsCryptV2ServerKeys", state + "/tls-crypt-v2.keys");
    return map("config", "instance.json", JSON.writeValueAsString(tree));
  }

  private static ConfigMap map(String name, String key, String text) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withData(Map.of(key, text))
        .build();
  }

  private static ConfigMap shard(int number, long generation, long at, Roster.Entry... clients)
      throws Exception {
    return map(
        "roster-" + number,
        "roster.json",
        JSON.writeValueAsString(new Roster(CLUSTER, generation, at, List.of(clients))));
  }

  private Roster roster() throws Exception {
    return JSON.readValue(state.resolve("roster.json").toFile(), Roster.class);
  }

  private static Secret keys(Path from, String cas) throws Exception {
    Map<String, String> data = new HashMap<>();
    Base64.Encoder base64 = Base64.getEncoder();
    data.put(
        "tls-crypt-v2.keys", base64.encodeToString(Files.readAllBytes(from.resolve("wrap.pem"))));
    data.put("client-cas.pem", cas);
    data.put("cross.pem", "");
    return new SecretBuilder().withData(data).build();
  }

  @Test
  void placeholder_becomes_the_nodes_name() throws Exception {
    mirror.config(config(InstanceConfig.NODE));
    assertThat(ConfigFile.read(state.resolve("instance.json")).node()).isEqualTo("node1");
    assertThat(Files.getPosixFilePermissions(state.resolve("instance.json"))).hasSize(2);
  }

  @Test
  void metrics_are_served_on_the_nodes_own_address() throws Exception {
    ConfigMap map = config(InstanceConfig.NODE);
    ObjectNode tree = (ObjectNode) JSON.readTree(map.getData().get("instance.json"));
    tree.put("httpAddress", InstanceConfig.HOST + ":9195");
    mirror.config(map("config", "instance.json", JSON.writeValueAsString(tree)));
    assertThat(ConfigFile.read(state.resolve("instance.json")).httpAddress())
        .isEqualTo("[fd00:10::7]:9195");
  }

  @Test
  void configuration_that_no_agent_could_start_from_changes_nothing() throws Exception {
    mirror.config(config(InstanceConfig.NODE));
    byte[] good = Files.readAllBytes(state.resolve("instance.json"));
    mirror.config(map("config", "instance.json", "{\"lane\":"));
    mirror.config(map("config", "instance.json", "{}"));
    mirror.config(map("config", "other", ""));
    mirror.config(config("node2"));
    assertThat(state.resolve("instance.json")).hasBinaryContent(good);
    assertThat(state.resolve("instance.json.next")).doesNotExist();
  }

  @Test
  void roster_is_merged_when_every_shard_has_come_and_as_old_as_the_oldest() throws Exception {
    mirror.shard(0, shard(0, 5, 2000, entry(ALICE, "alice", "a1", false, null)));
    mirror.roster();
    mirror.shard(1, shard(1, 7, 1000, entry(BOB, "bob", "b1", false, null)));
    mirror.roster();
    assertThat(state.resolve("roster.json")).doesNotExist();
    mirror.config(config(InstanceConfig.NODE));
    assertThat(roster().clients()).hasSize(2);
    assertThat(roster().generation()).isEqualTo(12);
    assertThat(roster().renderedAtSeconds()).isEqualTo(1000);
  }

  @Test
  void malformed_shard_leaves_its_last_good_one_and_lets_others_change() throws Exception {
    mirror.config(config(InstanceConfig.NODE));
    mirror.shard(0, shard(0, 1, 1000, entry(ALICE, "alice", "a1", false, null)));
    mirror.shard(1, shard(1, 1, 1000, entry(BOB, "bob", "b1", false, null)));
    mirror.shard(0, map("roster-0", "roster.json", "{"));
    mirror.shard(1, shard(1, 2, 1000, entry(BOB, "bob", "b1", true, null)));
    mirror.roster();
    assertThat(roster().clients()).extracting(Roster.Entry::suspended).containsExactly(false, true);
    // One address twice: no agent could start from that.
    mirror.shard(0, shard(0, 3, 1000, entry(BOB, "bob", "b1", false, null)));
    mirror.roster();
    assertThat(roster().generation()).isEqualTo(3);
  }

  @Test
  void users_come_with_the_keys_and_go_with_the_passwords() throws Exception {
    TestCredentials.write(temp);
    String cas = Base64.getEncoder().encodeToString(Files.readAllBytes(temp.resolve("cas.pem")));
    Path file = state.resolve("users");
    String users = "alice:$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng\n";
    for (String text : new String[] {users, "alice:secret"}) {
      Secret secret = keys(temp, cas);
      secret.getData().put("users", Base64.getEncoder().encodeToString(text.getBytes(UTF_8)));
      mirror.keys(secret);
      assertThat(file).hasContent(users);
    }
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    mirror.keys(keys(temp, cas));
    assertThat(file).doesNotExist();
  }

  @Test
  void a_mistake_among_users_holds_up_no_key() throws Exception {
    TestCredentials.write(temp);
    String cas = Base64.getEncoder().encodeToString(Files.readAllBytes(temp.resolve("cas.pem")));
    for (String base64 : new String[] {"YWxpY2U6c2VjcmV0", "%%%"}) {
      Secret secret = keys(temp, cas);
      secret.getData().put("users", base64);
      mirror.keys(secret);
      assertThat(state.resolve("users")).doesNotExist();
      assertThat(state.resolve("client-cas.pem")).hasSameBinaryContentAs(temp.resolve("cas.pem"));
      Files.delete(state.resolve("client-cas.pem"));
    }
  }

  @Test
  void damaged_keys_change_nothing() throws Exception {
    TestCredentials.write(temp);
    String cas = Base64.getEncoder().encodeToString(Files.readAllBytes(temp.resolve("cas.pem")));
    mirror.keys(keys(temp, cas));
    byte[] good = Files.readAllBytes(state.resolve("client-cas.pem"));
    mirror.keys(keys(temp, "bm9uc2Vuc2U="));
    mirror.keys(keys(temp, "%%%"));
    mirror.keys(new SecretBuilder().build());
    assertThat(state.resolve("client-cas.pem")).hasBinaryContent(good);
    assertThat(mirror.authorities()).hasSize(1);
    assertThat(mirror.missing()).contains("configuration", "shards 0, 1", "certificate");
  }
}

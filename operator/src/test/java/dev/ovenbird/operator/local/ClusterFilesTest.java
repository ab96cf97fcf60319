package dev.ovenbird.operator.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.local.ClusterFiles.Applied;
import dev.ovenbird.operator.plan.Node;
import dev.ovenbird.operator.resolve.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterFilesTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  @TempDir Path dir;

  @Test
  void restart_keeps_every_file_but_the_rosters_date() throws Exception {
    apply(NOW, LocalYaml.cluster("alice", "bob"));
    Map<String, String> before = files();
    apply(NOW, LocalYaml.cluster("alice", "bob"));
    assertThat(files()).isEqualTo(before);
    assertThat(before).containsKeys("profiles/alice.ovpn", "instances/1/config.json", "pki/ca.key");
  }

  @Test
  void client_keeps_its_address_when_others_come_and_go() throws Exception {
    apply(NOW, LocalYaml.cluster("alice", "bob"));
    String profile = Files.readString(dir.resolve("profiles/bob.ovpn"));
    Applied applied = apply(NOW, LocalYaml.cluster("aaron", "bob"));
    assertThat(applied.state().clients().get("bob"))
        .isNotNull()
        .extracting(client -> client.addresses())
        .isEqualTo(List.of("10.88.0.3", "fd00:88::3"));
    assertThat(certificate(Files.readString(dir.resolve("profiles/bob.ovpn"))))
        .isEqualTo(certificate(profile));
  }

  @Test
  void removed_client_leaves_nothing_and_comes_back_as_another() throws Exception {
    Applied before = apply(NOW, LocalYaml.cluster("alice", "bob"));
    Applied without = apply(NOW, LocalYaml.cluster("alice"));
    assertThat(dir.resolve("profiles/bob.ovpn")).doesNotExist();
    assertThat(dir.resolve("pki/clients/" + uid(before, "bob") + ".pem")).doesNotExist();
    assertThat(Files.readString(dir.resolve("roster.json"))).doesNotContain(uid(before, "bob"));
    assertThat(without.plan().clients()).hasSize(1);
    assertThat(uid(apply(NOW, LocalYaml.cluster("alice", "bob")), "bob"))
        .isNotEqualTo(uid(before, "bob"));
  }

  @Test
  void rosters_generation_grows_with_what_it_says_and_not_with_time() throws Exception {
    apply(NOW, LocalYaml.cluster("alice"));
    assertThat(roster()).contains("\"generation\" : 1,");
    apply(NOW.plusSeconds(3600), LocalYaml.cluster("alice"));
    assertThat(roster())
        .contains("\"generation\" : 1,")
        .contains(String.valueOf(NOW.getEpochSecond() + 3600));
    apply(NOW, LocalYaml.cluster("alice", "bob"));
    assertThat(roster()).contains("\"generation\" : 2,");
  }

  @Test
  void nobody_but_root_reads_anything() throws Exception {
    apply(NOW, LocalYaml.cluster("alice"));
    try (var all = Files.walk(dir)) {
      for (Path path : all.filter(one -> !one.endsWith("lock")).toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
            .as("%s", path)
            .matches("rw.------");
      }
    }
  }

  @Test
  void instance_certificate_is_renewed_at_two_thirds() throws Exception {
    apply(NOW, LocalYaml.cluster("alice"));
    String first = Files.readString(dir.resolve("instances/0/tls.crt"));
    apply(NOW.plus(Duration.ofDays(50)), LocalYaml.cluster("alice"));
    assertThat(dir.resolve("instances/0/tls.crt")).hasContent(first);
    apply(NOW.plus(Duration.ofDays(65)), LocalYaml.cluster("alice"));
    assertThat(Files.readString(dir.resolve("instances/0/tls.crt"))).isNotEqualTo(first);
  }

  @Test
  void key_and_certificate_that_do_not_match_are_made_again() throws Exception {
    apply(NOW, LocalYaml.cluster("alice"));
    Files.copy(
        dir.resolve("instances/1/tls.key"),
        dir.resolve("instances/0/tls.key"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    String first = Files.readString(dir.resolve("instances/0/tls.crt"));
    apply(NOW, LocalYaml.cluster("alice"));
    assertThat(Files.readString(dir.resolve("instances/0/tls.crt"))).isNotEqualTo(first);
  }

  @Test
  void bad_input_changes_no_file() throws Exception {
    apply(NOW, LocalYaml.cluster("alice"));
    Map<String, String> before = files();
    for (String bad :
        List.of(
            "",
            "{",
            LocalYaml.cluster("alice").replace("10.88.0.0/16", "10.89.0.0/16"),
            LocalYaml.cluster("alice").replace("office", "home"),
            LocalYaml.cluster("alice", "bob") + "  addresses: [10.88.0.2]\n")) {
      assertThatThrownBy(() -> apply(NOW, bad)).isInstanceOf(InvalidInputException.class);
      assertThat(files()).isEqualTo(before);
    }
  }

  @Test
  void changed_networks_are_refused_by_a_line() throws Exception {
    apply(NOW, LocalYaml.cluster("alice"));
    assertThatThrownBy(
            () -> apply(NOW, LocalYaml.cluster("alice").replace("10.88.0.0/16", "10.89.0.0/16")))
        .hasMessage(
            "cluster.yaml:5: spec.networkCIDRs: cannot change, as clients have addresses of"
                + " 10.88.0.0/16, fd00:88::/64; write those again, or make another cluster");
  }

  @Test
  void damaged_state_is_named() throws Exception {
    apply(NOW, LocalYaml.cluster("alice"));
    Files.writeString(dir.resolve("state.json"), "{\"version\":1,");
    assertThatThrownBy(() -> apply(NOW, LocalYaml.cluster("alice")))
        .hasMessage(
            dir.resolve("state.json")
                + ": is damaged; restore it from a backup, or use another --dir");
    Files.writeString(dir.resolve("state.json"), "{\"version\":9}");
    assertThatThrownBy(() -> apply(NOW, LocalYaml.cluster("alice")))
        .hasMessageContaining("version 9 is not known");
  }

  @Test
  void second_up_is_told_who_runs_the_first() throws Exception {
    try (StateFolder first = StateFolder.open(dir)) {
      assertThatThrownBy(() -> StateFolder.open(first.root()))
          .hasMessageMatching(".*: in use by ovenbird up, process [0-9]+, since .*; stop that.*");
    }
    StateFolder.open(dir).close();
  }

  @Test
  void path_that_is_too_long_for_sockets_is_refused() {
    assertThatThrownBy(() -> StateFolder.open(dir.resolve("x".repeat(100))))
        .hasMessageEndingWith("the path is too long for sockets; use a shorter --dir");
  }

  @Test
  void file_in_the_folders_place_is_named() throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "");
    assertThatThrownBy(() -> StateFolder.open(file))
        .isInstanceOf(LocalException.class)
        .hasMessageStartingWith(file.toString());
  }

  @Test
  void legacy_profiles_come_with_one_key_for_all_and_go_without_a_trace_in_profiles()
      throws Exception {
    String disabled = LocalYaml.cluster("alice", "bob");
    String enabled =
        disabled.replace(
            "  instances:", "  tls: {controlChannel: {legacyProfiles: Enabled}}\n  instances:");
    apply(NOW, disabled);
    Map<String, String> before = files();
    apply(NOW, enabled);
    String alice = Files.readString(dir.resolve("profiles/alice_legacy.ovpn"));
    String bob = Files.readString(dir.resolve("profiles/bob_legacy.ovpn"));
    assertThat(staticKey(alice)).isEqualTo(staticKey(bob));
    assertThat(Files.readString(dir.resolve("pki/tls-crypt-v2-server.pem")))
        .startsWith(before.get("pki/tls-crypt-v2-server.pem"))
        .contains(staticKey(alice));
    assertThat(Files.readString(dir.resolve("instances/0/config.json")))
        .contains("\"legacyWrap\" : \"TLSCrypt\"");
    assertThat(files()).containsEntry("profiles/alice.ovpn", before.get("profiles/alice.ovpn"));
    apply(NOW, disabled);
    assertThat(dir.resolve("profiles/alice_legacy.ovpn")).doesNotExist();
    assertThat(files())
        .containsEntry("instances/0/config.json", before.get("instances/0/config.json"));
    // Enabled again: what was handed out before is good again.
    apply(NOW, enabled.replace("name: bob", "name: carol"));
    assertThat(staticKey(Files.readString(dir.resolve("profiles/alice_legacy.ovpn"))))
        .isEqualTo(staticKey(alice));
    assertThat(dir.resolve("profiles/bob_legacy.ovpn")).doesNotExist();
  }

  @Test
  void passwords_come_with_one_key_of_tokens_for_all_instances() throws Exception {
    String without = LocalYaml.cluster("alice");
    String with =
        without.replace(
            "  instances:",
            "  authentication: {passwords: {type: Secret, secretRef: {name: office-users}}}\n"
                + "  instances:");
    apply(NOW, without);
    Map<String, String> before = files();
    apply(NOW, with);
    assertThat(Files.readString(dir.resolve("profiles/alice.ovpn")))
        .contains("\nauth-user-pass\nauth-nocache\n");
    String keys = Files.readString(dir.resolve("pki/tls-crypt-v2-server.pem"));
    assertThat(keys)
        .startsWith(before.get("pki/tls-crypt-v2-server.pem"))
        .containsOnlyOnce("-----BEGIN OpenVPN auth-token server key-----");
    assertThat(Files.readString(dir.resolve("instances/0/config.json")))
        .contains("\"" + dir.toAbsolutePath() + "/secrets/office-users/users\"");
    apply(NOW, without);
    assertThat(files())
        .containsEntry("profiles/alice.ovpn", before.get("profiles/alice.ovpn"))
        .containsEntry("instances/0/config.json", before.get("instances/0/config.json"));
    apply(NOW, with);
    assertThat(dir.resolve("pki/tls-crypt-v2-server.pem")).hasContent(keys);
  }

  private static String staticKey(String profile) {
    int from = profile.indexOf("-----BEGIN OpenVPN Static key V1-----");
    return profile.substring(from, profile.indexOf("</tls-crypt>", from));
  }

  private Applied apply(Instant now, String yaml) throws Exception {
    try (StateFolder folder = StateFolder.open(dir)) {
      Node node =
          new Node(
              "local", List.of(), List.of(Objects.requireNonNull(IpAddress.parse("127.0.0.1"))));
      return new ClusterFiles(
              folder, List.of(node), new SecureRandom(), Clock.fixed(now, ZoneOffset.UTC))
          .apply("cluster.yaml", yaml);
    }
  }

  private static String uid(Applied applied, String client) {
    return Objects.requireNonNull(applied.state().clients().get(client)).uid();
  }

  private static String certificate(String profile) {
    return profile.substring(profile.indexOf("<cert>"), profile.indexOf("</tls-crypt-v2>"));
  }

  private String roster() throws IOException {
    return Files.readString(dir.resolve("roster.json"));
  }

  private Map<String, String> files() throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (var all = Files.walk(dir)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = dir.relativize(file).toString();
        if (!name.equals("lock")) {
          files.put(name, Files.readString(file));
        }
      }
    }
    return files;
  }
}

package dev.ovenbird.e2e.operator.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.operator.issue.Pem;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One client's life, with what people do to it. */
class ClientLifeTest {
  private final ClientStage stage = new ClientStage();

  @AfterEach
  void close() {
    stage.close();
  }

  @Test
  void a_client_gets_addresses_a_profile_and_a_place_in_the_roster() throws Exception {
    stage.cluster("10.88.0.0/16", "fd00:88::/64");
    stage.operator();
    stage.create("alice");
    VpnClient alice = stage.awaitReady("alice");
    assertThat(alice.getSpec().addresses()).containsExactly("10.88.0.2", "fd00:88::2");
    assertThat(alice.getStatus().addresses()).isEqualTo(alice.getSpec().addresses());
    assertThat(alice.getStatus().observedGeneration())
        .isEqualTo(alice.getMetadata().getGeneration());
    Secret secret = Objects.requireNonNull(stage.profile("alice"));
    assertThat(secret.getData().keySet())
        .containsExactlyInAnyOrder(
            "client.ovpn", "tls.crt", "tls.key", "tls-crypt-v2.key", "ca.crt");
    assertThat(secret.getMetadata().getOwnerReferences())
        .extracting(owner -> owner.getUid())
        .containsExactly(alice.getMetadata().getUid());
    X509Certificate certificate = Pem.certificate(stage.text("alice", "tls.crt"));
    String serial = certificate.getSerialNumber().toString(16);
    assertThat(Objects.requireNonNull(alice.getStatus().certificate()).serial()).isEqualTo(serial);
    assertThat(stage.text("alice", "client.ovpn")).contains("remote 192.0.2.", "<key>");
    var entry = stage.awaitRoster("alice", it -> it != null);
    assertThat(Objects.requireNonNull(entry).serials()).containsExactly(serial);
    assertThat(entry.addresses()).isEqualTo(alice.getSpec().addresses());
    assertThat(stage.claims())
        .containsExactly(
            Map.entry("10.88.0.2", alice.getMetadata().getUid() + " " + stage.users + "/alice"));
  }

  @Test
  void of_two_clients_with_one_network_the_older_has_it_and_then_the_younger() {
    stage.cluster("10.88.0.0/24");
    stage.operator();
    stage.create("lyon", ", routedCIDRs: [172.22.0.0/16]", new String[0]);
    awaitRouted("lyon", "172.22.0.0/16");
    stage.create(
        "paris", ", routedCIDRs: [172.22.50.0/24, 10.88.0.128/25, 172.23.5.0/24]", new String[0]);
    awaitRouted("paris", "172.23.5.0/24");
    awaitNetworks("paris", "172.22.50.0/24 overlaps 172.22.0.0/16 of VpnClient lyon");
    assertThat(stage.awaitReady("paris").getStatus().conditions()).hasSize(3);
    stage.delete("lyon");
    awaitRouted("paris", "172.22.50.0/24", "172.23.5.0/24");
    awaitNetworks("paris", "10.88.0.128/25 overlaps 10.88.0.0/24, the network of VpnCluster");
    stage.patch("paris", "{\"spec\": {\"routedCIDRs\": [\"172.23.5.0/24\"]}}");
    awaitRouted("paris", "172.23.5.0/24");
    awaitNetworks("paris", "are led to it");
  }

  private void awaitRouted(String name, String... networks) {
    stage.awaitRoster(
        name, entry -> entry != null && List.of(networks).equals(entry.routedCIDRs()));
  }

  private void awaitNetworks(String name, String words) {
    Await.until(
        name + ": " + words,
        ClientStage.SOON,
        () -> ClientStage.condition(stage.get(name), "NetworksRouted"),
        found -> found != null && found.getMessage().contains(words));
  }

  @Test
  void a_client_waits_for_its_cluster_and_says_so() {
    stage.operator();
    stage.create("alice");
    VpnClient waiting = stage.awaitReason("alice", "ClusterMissing");
    assertThat(Objects.requireNonNull(ClientStage.condition(waiting, "Ready")).getMessage())
        .contains("VpnCluster office", stage.users);
    stage.publish(stage.cluster("10.88.0.0/24"));
    stage.awaitReady("alice");
  }

  @Test
  void a_cluster_that_is_not_accepted_is_named() {
    stage.cluster("10.88.0.0/24");
    stage.publishes(false);
    stage.operator();
    stage.create("alice");
    stage.awaitReason("alice", "ClusterNotAccepted");
    // Who comes just then finds the cluster before those that wait are told of it.
    stage.whenPublished(
        () -> {
          stage.create("bob");
          stage.awaitReady("bob");
        });
    stage.publish(stage.snapshot());
    stage.awaitReady("alice");
  }

  @Test
  void somebodys_own_secret_stays_and_the_profile_waits_until_it_is_gone() {
    stage.cluster("10.88.0.0/24");
    Secret own =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(stage.users)
            .withName("alice-profile")
            .endMetadata()
            .withStringData(Map.of("mine", "yes"))
            .build();
    stage.api().resource(own).create();
    stage.operator();
    stage.create("alice");
    VpnClient blocked = stage.awaitReason("alice", "SecretConflict");
    assertThat(Objects.requireNonNull(ClientStage.condition(blocked, "ProfileCurrent")).getStatus())
        .isEqualTo("False");
    assertThat(Objects.requireNonNull(stage.profile("alice")).getData()).containsOnlyKeys("mine");
    stage.api().resource(own).delete();
    stage.awaitReady("alice");
  }

  @Test
  void a_deleted_profile_gives_a_new_key_and_the_old_certificate_is_refused() {
    stage.cluster("10.88.0.0/24");
    stage.operator();
    stage.create("alice");
    VpnClient before = stage.awaitReady("alice");
    String key = stage.text("alice", "tls.key");
    String serial = Objects.requireNonNull(before.getStatus().certificate()).serial();
    stage.awaitRoster("alice", it -> it != null);
    stage.api().secrets().inNamespace(stage.users).withName("alice-profile").delete();
    var entry = stage.awaitRoster("alice", it -> it != null && !it.serials().contains(serial));
    assertThat(Objects.requireNonNull(entry).serials()).hasSize(1);
    assertThat(entry.addresses()).isEqualTo(before.getSpec().addresses());
    assertThat(stage.text("alice", "tls.key")).isNotEqualTo(key);
    Await.until(
        "event",
        ClientStage.SOON,
        () -> stage.plane.kubectl("get", "events", "-n", stage.users).output(),
        text -> text.contains("ProfileReplaced"));
  }

  @Test
  void an_edited_profile_is_rendered_again_from_its_own_keys() {
    stage.cluster("10.88.0.0/24");
    stage.operator();
    stage.create("alice");
    stage.awaitReady("alice");
    String profile = stage.text("alice", "client.ovpn");
    edit("alice", "client.ovpn", "nonsense");
    Await.until(
        "rendered again",
        ClientStage.SOON,
        () -> stage.text("alice", "client.ovpn"),
        text -> text.equals(profile));
    String key = stage.text("alice", "tls.key");
    edit("alice", "tls.key", "nonsense");
    Await.until(
        "issued anew",
        ClientStage.SOON,
        () -> stage.text("alice", "tls.key"),
        text -> text.startsWith("-----BEGIN") && !text.equals(key));
  }

  private void edit(String client, String key, String text) {
    String value = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    stage.plane.kubectl(
        "patch",
        "secret",
        client + "-profile",
        "-n",
        stage.users,
        "--type=merge",
        "-p",
        "{\"data\":{\"" + key + "\":\"" + value + "\"}}");
  }

  @Test
  void a_chosen_address_that_is_anothers_is_refused_until_it_is_free() {
    stage.cluster("10.88.0.0/24");
    stage.operator();
    stage.create("alice", "10.88.0.10");
    stage.awaitReady("alice");
    stage.create("bob", "10.88.0.10");
    VpnClient bob = stage.awaitReason("bob", "AddressTaken");
    assertThat(Objects.requireNonNull(ClientStage.condition(bob, "Ready")).getMessage())
        .contains(stage.users + "/alice");
    assertThat(stage.roster()).doesNotContainKey("bob");
    stage.patch("alice", "{\"spec\":{\"addresses\":[\"10.88.0.20\"]}}");
    stage.awaitReady("bob");
    var entry = stage.awaitRoster("bob", it -> it != null);
    assertThat(Objects.requireNonNull(entry).addresses()).containsExactly("10.88.0.10");
    stage.awaitRoster("alice", it -> it != null && it.addresses().contains("10.88.0.20"));
  }

  @Test
  void two_clients_may_swap_their_addresses() {
    stage.cluster("10.88.0.0/24");
    stage.operator();
    stage.create("alice", "10.88.0.10");
    stage.create("bob", "10.88.0.11");
    stage.awaitReady("alice");
    stage.awaitReady("bob");
    stage.patch("alice", "{\"spec\":{\"addresses\":[\"10.88.0.11\"]}}");
    stage.patch("bob", "{\"spec\":{\"addresses\":[\"10.88.0.10\"]}}");
    stage.awaitRoster("alice", it -> it != null && it.addresses().contains("10.88.0.11"));
    stage.awaitRoster("bob", it -> it != null && it.addresses().contains("10.88.0.10"));
  }

  @Test
  void a_full_network_is_a_condition_and_heals() {
    stage.cluster("10.88.0.0/29");
    stage.operator();
    for (int i = 0; i < 5; i++) {
      stage.create("c" + i);
    }
    for (int i = 0; i < 5; i++) {
      stage.awaitReady("c" + i);
    }
    stage.create("late");
    stage.awaitReason("late", "AddressesExhausted");
    String address = stage.get("c2").getSpec().addresses().getFirst();
    stage.delete("c2");
    stage.awaitReady("late");
    assertThat(stage.get("late").getSpec().addresses()).containsExactly(address);
  }

  @Test
  void a_recreated_client_gets_its_address_again_but_not_its_identity() {
    stage.cluster("10.88.0.0/24");
    stage.operator();
    stage.create("alice");
    stage.create("bob");
    VpnClient before = stage.awaitReady("alice");
    stage.awaitReady("bob");
    stage.delete("alice");
    stage.awaitRoster("alice", it -> it == null);
    stage.create("alice");
    VpnClient after = stage.awaitReady("alice");
    assertThat(after.getMetadata().getUid()).isNotEqualTo(before.getMetadata().getUid());
    assertThat(after.getSpec().addresses()).isEqualTo(before.getSpec().addresses());
    assertThat(Objects.requireNonNull(after.getStatus().certificate()).serial())
        .isNotEqualTo(Objects.requireNonNull(before.getStatus().certificate()).serial());
    var entry = stage.awaitRoster("alice", it -> it != null);
    assertThat(Objects.requireNonNull(entry).uid()).isEqualTo(after.getMetadata().getUid());
  }

  @Test
  void suspend_resume_and_end_are_in_the_roster_and_said() {
    stage.cluster("10.88.0.0/24");
    stage.operator();
    stage.create("alice");
    stage.awaitReady("alice");
    stage.patch("alice", "{\"spec\":{\"suspend\":true}}");
    stage.awaitRoster("alice", it -> it != null && it.suspended());
    stage.awaitReason("alice", "Suspended");
    stage.patch("alice", "{\"spec\":{\"suspend\":false}}");
    stage.awaitRoster("alice", it -> it != null && !it.suspended());
    stage.awaitReady("alice");
    stage.patch("alice", "{\"spec\":{\"notAfter\":\"2020-01-01T00:00:00Z\"}}");
    stage.awaitRoster(
        "alice", it -> it != null && Objects.equals(it.notAfterSeconds(), 1577836800L));
    stage.awaitReason("alice", "AccessEnded");
  }

  @Test
  void a_new_authority_issues_for_the_same_key_and_both_certificates_are_accepted_meanwhile()
      throws Exception {
    stage.cluster("10.88.0.0/24");
    stage.operator();
    stage.create("alice");
    VpnClient before = stage.awaitReady("alice");
    String old = Objects.requireNonNull(before.getStatus().certificate()).serial();
    String key = stage.text("alice", "tls.key");
    stage.publish(stage.withNextAuthority(true));
    var both = stage.awaitRoster("alice", it -> it != null && it.serials().size() == 2);
    assertThat(Objects.requireNonNull(both).serials()).contains(old);
    assertThat(stage.text("alice", "tls.key")).isEqualTo(key);
    assertThat(stage.text("alice", "ca.crt").split("BEGIN CERTIFICATE", -1)).hasSize(3);
    X509Certificate renewed = Pem.certificate(stage.text("alice", "tls.crt"));
    renewed.verify(stage.snapshot().issued().authority().certificate().getPublicKey());
    var trusted = stage.snapshot().issued();
    stage.publish(stage.withTrusted(trusted.trusted().subList(0, 1)));
    var entry = stage.awaitRoster("alice", it -> it != null && it.serials().size() == 1);
    assertThat(Objects.requireNonNull(entry).serials()).doesNotContain(old);
  }

  @Test
  void changed_endpoints_reach_the_profile_and_unchanged_ones_write_nothing() {
    stage.cluster("10.88.0.0/24");
    stage.operator();
    stage.create("alice");
    stage.awaitReady("alice");
    String version =
        Objects.requireNonNull(stage.profile("alice")).getMetadata().getResourceVersion();
    stage.publish(stage.withEndpoints(ClientStage.endpoints(3)));
    stage.patch("alice", "{\"spec\":{\"suspend\":true}}");
    stage.awaitReason("alice", "Suspended");
    assertThat(Objects.requireNonNull(stage.profile("alice")).getMetadata().getResourceVersion())
        .isEqualTo(version);
    stage.publish(stage.withEndpoints(ClientStage.endpoints(4)));
    Await.until(
        "the new node",
        ClientStage.SOON,
        () -> stage.text("alice", "client.ovpn"),
        text -> text.contains("192.0.2.3 "));
  }

  @Test
  void a_restarted_operator_writes_nothing_and_releases_what_was_deleted_meanwhile() {
    stage.cluster("10.88.0.0/24");
    try (var first = stage.operator()) {
      stage.create("alice");
      stage.create("bob");
      stage.awaitReady("alice");
      stage.awaitReady("bob");
      stage.awaitRoster("bob", it -> it != null);
      assertThat(first).isNotNull();
    }
    String alice = stage.get("alice").getMetadata().getResourceVersion();
    String address = stage.get("bob").getSpec().addresses().getFirst();
    stage.delete("bob");
    stage.operator();
    stage.awaitRoster("bob", it -> it == null);
    Await.until(
        "release",
        ClientStage.SOON,
        stage::claims,
        it -> it.getOrDefault(address, "").endsWith("Z"));
    assertThat(stage.get("alice").getMetadata().getResourceVersion()).isEqualTo(alice);
  }

  @Test
  void lost_claims_are_rebuilt_from_the_clients_and_the_older_keeps_a_double_address() {
    stage.cluster("10.88.0.0/24");
    stage.create("alice", "10.88.0.7");
    Await.until(
        "a second later",
        ClientStage.SOON,
        () -> System.currentTimeMillis() / 1000,
        now ->
            now
                > Instant.parse(stage.get("alice").getMetadata().getCreationTimestamp())
                    .getEpochSecond());
    stage.create("zoe", "10.88.0.7");
    stage.create("bob");
    stage.operator();
    stage.awaitReady("alice");
    stage.awaitReady("bob");
    stage.awaitReason("zoe", "AddressTaken");
    stage
        .api()
        .configMaps()
        .inNamespace(stage.settings.operatorNamespace())
        .withLabel("app.kubernetes.io/component", "claims")
        .delete();
    Await.until("claims", ClientStage.SOON, stage::claims, it -> it.size() == 2);
    assertThat(stage.claims().get("10.88.0.7")).endsWith("/alice");
    assertThat(stage.claims().get(stage.get("bob").getSpec().addresses().getFirst()))
        .endsWith("/bob");
    stage.awaitRoster("alice", it -> it != null);
    stage.awaitRoster("bob", it -> it != null);
  }

  @Test
  void a_signing_request_is_certified_and_the_key_stays_with_the_client() throws Exception {
    stage.cluster("10.88.0.0/24");
    stage.operator();
    stage.create("alice", ", csr: \"" + request().replace("\n", "\\n") + "\"", new String[0]);
    stage.awaitReady("alice");
    assertThat(Objects.requireNonNull(stage.profile("alice")).getData())
        .containsOnlyKeys("client.ovpn", "tls.crt", "tls-crypt-v2.key", "ca.crt");
    assertThat(stage.text("alice", "client.ovpn")).doesNotContain("<key>\n");
    Pem.certificate(stage.text("alice", "tls.crt"))
        .verify(stage.snapshot().issued().authority().certificate().getPublicKey());
    String other =
        "-----BEGIN CERTIFICATE REQUEST-----\\nAAAA\\n-----END CERTIFICATE REQUEST-----\\n";
    stage.create("bob", ", csr: \"" + other + "\"", new String[0]);
    VpnClient bob = stage.awaitReason("bob", "BadCertificateRequest");
    assertThat(Objects.requireNonNull(ClientStage.condition(bob, "Ready")).getMessage())
        .startsWith("spec.csr: ");
  }

  private static String request() {
    String text =
        Command.attempt(
                ClientStage.SOON,
                List.of(
                    "openssl",
                    "req",
                    "-new",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-nodes",
                    "-keyout",
                    "/dev/null",
                    "-subj",
                    "/CN=x"))
            .output();
    return text.substring(text.indexOf("-----BEGIN CERTIFICATE REQUEST"));
  }
}

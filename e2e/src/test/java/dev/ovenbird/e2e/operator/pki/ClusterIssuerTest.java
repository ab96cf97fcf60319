package dev.ovenbird.e2e.operator.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.operator.apply.ForeignObjectException;
import dev.ovenbird.operator.issue.IssuedCluster;
import dev.ovenbird.operator.issue.Pem;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.ObjectNames;
import dev.ovenbird.operator.reconcile.ClusterIssuer;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.UnresolvedException;
import dev.ovenbird.operator.reconcile.pki.SecretClusterIssuer;
import dev.ovenbird.operator.reconcile.watch.SecretDigest;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Certificate authorities that the operator makes and keeps in Secrets. */
class ClusterIssuerTest {
  private static PkiStage stage;
  private static OperatorContext context;
  private static ClusterIssuer issuer;

  @BeforeAll
  static void start() {
    stage = new PkiStage();
    context = stage.context();
    issuer = new SecretClusterIssuer(context);
  }

  @AfterAll
  static void stop() {
    stage.close();
  }

  /** As after a restart: nothing is known but what the API server has. */
  private static ClusterIssuer restarted() {
    return new SecretClusterIssuer(context);
  }

  @Test
  void authority_is_made_once_and_costs_nothing_at_rest() throws Exception {
    VpnCluster cluster = stage.cluster("made", "{}");
    IssuedCluster issued = issuer.issue(cluster);
    assertThat(issued.generation()).isEqualTo(1);
    assertThat(issued.trusted()).containsExactly(issued.authority().certificate());
    assertThat(issued.crossCertificates()).isEmpty();
    assertThat(issued.serverKeys()).hasSize(1);
    assertThat(stage.authority(cluster).getData().keySet())
        .containsExactlyInAnyOrder("ca-1.crt", "ca-1.key", "tls-crypt-v2-1.key");
    awaitCached(cluster);
    stage.requests();
    assertThat(issuer.issue(cluster)).isSameAs(issued);
    assertThat(stage.requests()).isEmpty();
    assertSame(restarted().issue(cluster), issued);
  }

  @Test
  void raised_generation_is_cross_signed_and_the_old_one_trusted_until_it_is_retired()
      throws Exception {
    IssuedCluster first = issuer.issue(stage.cluster("rotated", "{}"));
    IssuedCluster second = issuer.issue(stage.cluster("rotated", "{generation: 2}"));
    assertThat(second.generation()).isEqualTo(2);
    assertThat(second.serverKeys()).isEqualTo(first.serverKeys());
    assertThat(second.trusted())
        .containsExactly(second.authority().certificate(), first.authority().certificate());
    IssuedCluster third = issuer.issue(stage.cluster("rotated", "{generation: 3}"));
    assertThat(third.trusted()).hasSize(3);
    assertThat(third.crossCertificates()).hasSize(2);
    assertThat(third.crossCertificates().getFirst().getSubjectX500Principal())
        .isEqualTo(third.authority().certificate().getSubjectX500Principal());
    third.crossCertificates().getFirst().verify(second.authority().certificate().getPublicKey());
    third.crossCertificates().getLast().verify(first.authority().certificate().getPublicKey());
    assertSame(restarted().issue(stage.cluster("rotated", "{generation: 3}")), third);

    VpnCluster retired = stage.cluster("rotated", "{generation: 3, oldestGeneration: 3}");
    IssuedCluster last = issuer.issue(retired);
    assertThat(last.trusted()).containsExactly(third.authority().certificate());
    assertThat(last.crossCertificates()).isEmpty();
    assertThat(last.serverKeys()).isEqualTo(first.serverKeys());
    assertThat(stage.authority(retired).getData().keySet())
        .containsExactlyInAnyOrder("ca-3.crt", "ca-3.key", "tls-crypt-v2-1.key");
    assertSame(restarted().issue(retired), last);
    assertThat(
            stage.client().v1().events().inNamespace(stage.users()).list().getItems().stream()
                .map(event -> event.getReason() + ": " + event.getMessage()))
        .anyMatch(
            said ->
                said.startsWith(
                    "AuthorityRotated: the certificate authority is now of generation 3"))
        .anyMatch(said -> said.startsWith("AuthorityRetired: "));
  }

  @Test
  void cluster_that_starts_at_a_later_generation_has_no_older_one() throws Exception {
    IssuedCluster issued =
        issuer.issue(stage.cluster("later", "{generation: 4, oldestGeneration: 3}"));
    assertThat(issued.generation()).isEqualTo(4);
    assertThat(issued.trusted()).hasSize(1);
  }

  @Test
  void racing_operators_make_and_rotate_one_authority() throws Exception {
    OperatorContext other = stage.context();
    ClusterIssuer rival = new SecretClusterIssuer(other);
    for (int round = 0; round < 10; round++) {
      String name = "race-" + round;
      for (String ca : List.of("{}", "{generation: 2}")) {
        VpnCluster cluster = stage.cluster(name, ca);
        List<IssuedCluster> both = atOnce(() -> issuer.issue(cluster), () -> rival.issue(cluster));
        assertSame(both.getFirst(), both.getLast());
        assertSame(restarted().issue(cluster), both.getFirst());
      }
      assertThat(stage.authority(stage.cluster(name, "{generation: 2}")).getData()).hasSize(6);
    }
  }

  @Test
  void edited_authority_is_refused_until_it_is_restored() throws Exception {
    VpnCluster cluster = stage.cluster("edited", "{}");
    IssuedCluster issued = issuer.issue(cluster);
    Secret good = stage.authority(cluster);
    // Valid in itself, but somebody else's.
    Secret others = stage.authority(issuedCluster("edited-other"));
    replace(good, others.getData());
    awaitCachedData(cluster, others.getData());
    for (ClusterIssuer each : List.of(issuer, restarted())) {
      assertUnresolved(
          () -> each.issue(cluster), "AuthorityDamaged", "it was edited by hand; restore it");
    }
    assertThat(stage.authority(cluster).getData()).isEqualTo(others.getData());
    replace(good, good.getData());
    assertSame(issuer.issue(cluster), issued);
  }

  @Test
  void edit_that_is_meant_is_taken_when_a_person_says_so() throws Exception {
    VpnCluster cluster = stage.cluster("meant", "{}");
    issuer.issue(cluster);
    Secret others = stage.authority(issuedCluster("meant-other"));
    replace(stage.authority(cluster), others.getData());
    awaitCachedData(cluster, others.getData());
    assertUnresolved(
        () -> issuer.issue(cluster),
        "AuthorityDamaged",
        "kubectl annotate -n " + stage.settings().operatorNamespace() + " secret ");
    stage
        .plane()
        .kubectl(
            "annotate",
            "-n",
            stage.settings().operatorNamespace(),
            "secret",
            ObjectNames.of(cluster.getMetadata().getUid()).authority(),
            Marks.APPLIED + "-");
    assertThat(Pem.of(issuer.issue(cluster).authority().certificate()))
        .isEqualTo(
            new String(
                Base64.getDecoder().decode(others.getData().get("ca-1.crt")),
                StandardCharsets.UTF_8));
  }

  @Test
  void damaged_authority_is_named_and_never_replaced() throws Exception {
    VpnCluster cluster = stage.cluster("damaged", "{generation: 2}");
    issuer.issue(stage.cluster("damaged", "{generation: 2}"));
    issuer.issue(stage.cluster("damaged", "{generation: 3}"));
    Secret good = stage.authority(cluster);
    Secret others = stage.authority(issuedCluster("damaged-other"));
    Map<String, String> faults =
        Map.of(
            "ca-3.crt is missing", "ca-3.crt=",
            "ca-2.key is missing", "ca-2.key=",
            "ca-2.key is not the key of ca-2.crt", "ca-2.key=" + others.getData().get("ca-1.key"),
            "cross-3.crt is missing", "cross-3.crt=",
            "cross-3.crt was not signed by the generation before",
                "cross-3.crt=" + others.getData().get("ca-1.crt"),
            "tls-crypt-v2-<n>.key is missing", "tls-crypt-v2-1.key=",
            "tls-crypt-v2-1.key is no tls-crypt-v2 server key", "tls-crypt-v2-1.key=QUJD",
            "ca-2.crt is no certificate in PEM", "ca-2.crt=QUJD",
            "notes.txt is none of the operator's", "notes.txt=QUJD");
    for (Map.Entry<String, String> fault : faults.entrySet()) {
      Map<String, String> data = new HashMap<>(good.getData());
      String[] change = fault.getValue().split("=", 2);
      if (change[1].isEmpty()) {
        data.remove(change[0]);
      } else {
        data.put(change[0], change[1]);
      }
      Secret bad = replace(good, data, Map.of());
      assertUnresolved(() -> restarted().issue(cluster), "AuthorityDamaged", fault.getKey());
      assertThat(stage.authority(cluster).getMetadata().getResourceVersion())
          .isEqualTo(bad.getMetadata().getResourceVersion());
    }
  }

  @Test
  void deleted_authority_comes_back_while_the_operator_knows_it() throws Exception {
    VpnCluster cluster = stage.cluster("deleted", "{}");
    IssuedCluster issued = issuer.issue(cluster);
    Secret before = stage.authority(cluster);
    awaitCached(cluster);
    stage.client().resource(before).delete();
    Await.until(
        "deletion in the cache",
        PkiStage.SOON,
        () -> cached(cluster) == null,
        Boolean::booleanValue);
    assertThat(issuer.issue(cluster)).isSameAs(issued);
    assertThat(stage.authority(cluster).getData()).isEqualTo(before.getData());
  }

  @Test
  void lost_authority_is_not_replaced_while_something_needs_it() throws Exception {
    VpnCluster cluster = stage.cluster("lost", "{}");
    IssuedCluster issued = issuer.issue(cluster);
    Secret profile =
        stage
            .client()
            .resource(
                new SecretBuilder()
                    .withNewMetadata()
                    .withName("alice-profile")
                    .withNamespace(stage.users())
                    .withLabels(
                        Marks.labels(
                            stage.users(), "lost", cluster.getMetadata().getUid(), "profile"))
                    .endMetadata()
                    .build())
            .create();
    stage.client().resource(stage.authority(cluster)).delete();
    ClusterIssuer restarted = restarted();
    Await.until(
        "the profile in the cache and the authority not",
        PkiStage.SOON,
        () -> context.caches().secrets().getStore().getByKey(stage.users() + "/alice-profile"),
        secret -> secret != null && cached(cluster) == null);
    assertUnresolved(
        () -> restarted.issue(cluster),
        "AuthorityLost",
        "kubectl delete secret -A -l ovenbird.dev/cluster-uid=" + cluster.getMetadata().getUid());
    stage.client().resource(profile).delete();
    Await.until(
        "the profile not in the cache",
        PkiStage.SOON,
        () ->
            context.caches().secrets().getStore().getByKey(stage.users() + "/alice-profile")
                == null,
        Boolean::booleanValue);
    assertThat(restarted.issue(cluster).trusted()).isNotEqualTo(issued.trusted());
  }

  @Test
  void somebody_elses_secret_is_left_alone() {
    VpnCluster cluster = stage.cluster("foreign", "{}");
    Secret foreign =
        stage
            .client()
            .resource(
                new SecretBuilder()
                    .withNewMetadata()
                    .withName(ObjectNames.of(cluster.getMetadata().getUid()).authority())
                    .withNamespace(stage.settings().operatorNamespace())
                    .endMetadata()
                    .withData(Map.of("a", "Yg=="))
                    .build())
            .create();
    assertThatThrownBy(() -> issuer.issue(cluster))
        .isInstanceOf(ForeignObjectException.class)
        .hasMessageContaining("exists and was not made by the operator");
    assertThat(stage.authority(cluster).getData()).isEqualTo(foreign.getData());
  }

  @Test
  void lost_labels_are_named_with_the_command_that_puts_them_back() throws Exception {
    VpnCluster cluster = stage.cluster("unlabelled", "{}");
    IssuedCluster issued = issuer.issue(cluster);
    String name = ObjectNames.of(cluster.getMetadata().getUid()).authority();
    stage
        .plane()
        .kubectl(
            "label",
            "-n",
            stage.settings().operatorNamespace(),
            "secret",
            name,
            Marks.MANAGED_BY + "-",
            Marks.CLUSTER_UID + "-");
    String message =
        assertUnresolved(
            () -> restarted().issue(cluster), "AuthorityDamaged", "its labels were changed");
    String command =
        message.replaceAll(".*kubectl (label [^.]*\\S+=\\S+ \\S+=[0-9a-f-]{36}).*", "$1");
    assertThat(stage.plane().kubectl(command.split(" ")).status()).isZero();
    assertSame(restarted().issue(cluster), issued);
  }

  private static VpnCluster issuedCluster(String name) throws Exception {
    VpnCluster cluster = stage.cluster(name, "{}");
    issuer.issue(cluster);
    return cluster;
  }

  private static Secret replace(Secret secret, Map<String, String> data) {
    return replace(secret, data, secret.getMetadata().getAnnotations());
  }

  private static Secret replace(
      Secret secret, Map<String, String> data, Map<String, String> annotations) {
    return stage
        .client()
        .resource(
            new SecretBuilder(secret)
                .editMetadata()
                .withResourceVersion(null)
                .withAnnotations(annotations)
                .endMetadata()
                .withData(data)
                .build())
        .update();
  }

  private static Secret cached(VpnCluster cluster) {
    return context
        .caches()
        .secrets()
        .getStore()
        .getByKey(
            stage.settings().operatorNamespace()
                + "/"
                + ObjectNames.of(cluster.getMetadata().getUid()).authority());
  }

  private static void awaitCached(VpnCluster cluster) {
    awaitCachedData(cluster, stage.authority(cluster).getData());
  }

  private static void awaitCachedData(VpnCluster cluster, Map<String, String> data) {
    String digest = SecretDigest.of(data);
    Await.until(
        "the authority in the cache",
        PkiStage.SOON,
        () -> cached(cluster),
        secret -> secret != null && SecretDigest.of(secret).equals(digest));
  }

  private static void assertSame(IssuedCluster one, IssuedCluster other) {
    assertThat(one.generation()).isEqualTo(other.generation());
    assertThat(one.trusted()).isEqualTo(other.trusted());
    assertThat(one.crossCertificates()).isEqualTo(other.crossCertificates());
    assertThat(one.serverKeys()).isEqualTo(other.serverKeys());
    assertThat(one.authority().privateKey()).isEqualTo(other.authority().privateKey());
  }

  static String assertUnresolved(ThrowingCallable issue, String reason, String message) {
    List<String> said = new ArrayList<>();
    assertThatThrownBy(issue)
        .isInstanceOfSatisfying(
            UnresolvedException.class,
            e -> {
              assertThat(e.getMessage()).contains(message);
              assertThat(e.reason()).isEqualTo(reason);
              said.add(e.getMessage());
            });
    return said.getFirst();
  }

  private static List<IssuedCluster> atOnce(
      Callable<IssuedCluster> one, Callable<IssuedCluster> other) throws Exception {
    CyclicBarrier start = new CyclicBarrier(2);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<IssuedCluster>> both = new ArrayList<>();
      for (Callable<IssuedCluster> each : List.of(one, other)) {
        both.add(
            threads.submit(
                () -> {
                  start.await();
                  return each.call();
                }));
      }
      return List.of(both.getFirst().get(), both.getLast().get());
    }
  }
}

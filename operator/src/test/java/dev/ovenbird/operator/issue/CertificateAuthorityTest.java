package dev.ovenbird.operator.issue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.crds.v1alpha1.Pki;
import dev.ovenbird.operator.plan.InstanceId;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateAuthorityTest {
  private static final String CLUSTER = "06504550-b5f9-4e00-b066-aa18575f5200";
  private static final String CLIENT = "d0ef8130-825e-480c-a4e8-a5aa13e22eca";
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final Pki.PrivateKey P256 = new Pki.PrivateKey(Pki.KeyAlgorithm.ECDSA, 256);

  private final SecureRandom random = new SecureRandom();

  @ParameterizedTest
  @CsvSource({"ECDSA,256", "ECDSA,384", "RSA,2048"})
  void client_certificate_says_who_it_is_for_ten_years(Pki.KeyAlgorithm algorithm, int size)
      throws Exception {
    Pki.PrivateKey kind = new Pki.PrivateKey(algorithm, size);
    CertificateAuthority ca = CertificateAuthority.generate(CLUSTER, kind, random, NOW);
    Credentials alice = ca.issueClient("alice", CLIENT, kind, Duration.ofHours(87600), NOW);
    X509Certificate certificate = alice.certificate();
    certificate.verify(ca.certificate().getPublicKey());
    assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=alice");
    assertThat(certificate.getSubjectAlternativeNames())
        .containsExactly(List.of(6, "urn:ovenbird:" + CLUSTER + ":" + CLIENT));
    assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(certificate.getNotBefore().toInstant()).isEqualTo(NOW.minus(Duration.ofDays(1)));
    assertThat(certificate.getNotAfter().toInstant()).isEqualTo(NOW.plus(Duration.ofHours(87600)));
    assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
    assertThat(Pem.matches(alice.privateKey(), certificate)).isTrue();
    assertThat(alice.serial())
        .matches("[1-9a-f][0-9a-f]*")
        .isNotEqualTo(ca.issueClient("alice", CLIENT, kind, Duration.ofHours(1), NOW).serial());
  }

  @Test
  void client_certificate_ends_with_its_authority() {
    CertificateAuthority ca = CertificateAuthority.generate(CLUSTER, P256, random, NOW);
    Credentials late =
        ca.issueClient(
            "alice", CLIENT, P256, Duration.ofDays(3650), NOW.plus(Duration.ofDays(5000)));
    assertThat(late.certificate().getNotAfter()).isEqualTo(ca.certificate().getNotAfter());
    assertThat(ca.certificate().getNotAfter().toInstant())
        .isEqualTo(Instant.parse("2046-11-21T12:00:00Z"));
    assertThat(ca.certificate().getBasicConstraints()).isNotNegative();
  }

  @Test
  void instance_certificate_has_the_clusters_name_and_both_usages() throws Exception {
    CertificateAuthority ca = CertificateAuthority.generate(CLUSTER, P256, random, NOW);
    X509Certificate certificate =
        ca.issueInstance(new InstanceId("local", 1), P256, NOW).certificate();
    assertThat(certificate.getSubjectX500Principal().getName())
        .isEqualTo("CN=ovenbird-06504550b5f94e00");
    assertThat(certificate.getSubjectAlternativeNames())
        .containsExactly(List.of(6, "urn:ovenbird:" + CLUSTER + ":instance:local:1"));
    assertThat(certificate.getExtendedKeyUsage())
        .containsExactlyInAnyOrder("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
    assertThat(CertificateAuthority.isDueForRenewal(certificate, NOW.plus(Duration.ofDays(59))))
        .isFalse();
    assertThat(CertificateAuthority.isDueForRenewal(certificate, NOW.plus(Duration.ofDays(61))))
        .isTrue();
  }

  @Test
  void authority_goes_on_after_a_restart() throws Exception {
    CertificateAuthority ca = CertificateAuthority.generate(CLUSTER, P256, random, NOW);
    CertificateAuthority again =
        CertificateAuthority.load(
            CLUSTER, Pem.of(ca.certificate()), Pem.of(ca.privateKey()), random);
    again
        .issueClient("bob", CLIENT, P256, Duration.ofDays(1), NOW)
        .certificate()
        .verify(ca.certificate().getPublicKey());
  }

  @Test
  void wrapped_client_key_names_cluster_and_client() {
    TlsCryptV2ServerKey server = TlsCryptV2ServerKey.random(random);
    ClientKeyFile key = ClientKeys.issue(server, CLUSTER, CLIENT, random);
    byte[] packet = new byte[1 + key.wkc().length];
    System.arraycopy(key.wkc(), 0, packet, 1, key.wkc().length);
    WrappedClientKey.Opened opened =
        Objects.requireNonNull(WrappedClientKey.open(List.of(server), packet, packet.length));
    assertThat(HexFormat.of().formatHex(opened.metadata()))
        .isEqualTo("0001" + (CLUSTER + CLIENT).replace("-", ""));
    assertThat(opened.clientKey()).isEqualTo(key.key());
  }

  @ParameterizedTest
  @CsvSource({"ECDSA,256,RSA,2048", "RSA,2048,ECDSA,384", "ECDSA,256,ECDSA,256"})
  void old_trust_leads_over_the_cross_certificate_to_what_the_successor_issues(
      Pki.KeyAlgorithm before, int beforeSize, Pki.KeyAlgorithm after, int afterSize)
      throws Exception {
    CertificateAuthority old =
        CertificateAuthority.generate(CLUSTER, new Pki.PrivateKey(before, beforeSize), random, NOW);
    CertificateAuthority next =
        CertificateAuthority.generate(
            CLUSTER, 2, new Pki.PrivateKey(after, afterSize), random, NOW);
    X509Certificate cross = old.crossSign(next.certificate(), NOW);
    X509Certificate leaf = next.issueInstance(new InstanceId("n", 0), P256, NOW).certificate();
    validate(old.certificate(), leaf, cross);
    validate(next.certificate(), leaf);
    assertThatThrownBy(() -> validate(old.certificate(), leaf))
        .isInstanceOf(CertPathValidatorException.class);
    assertThat(cross.getSubjectX500Principal())
        .isEqualTo(next.certificate().getSubjectX500Principal());
    assertThat(cross.getExtensionValue("2.5.29.14"))
        .isEqualTo(next.certificate().getExtensionValue("2.5.29.14"));
  }

  @Test
  void generations_are_the_same_after_a_round_trip_as_text() throws Exception {
    AuthorityGenerations all =
        AuthorityGenerations.first(
                1, CertificateAuthority.generate(CLUSTER, P256, random, NOW), 1, random)
            .with(CertificateAuthority.generate(CLUSTER, 2, P256, random, NOW), NOW)
            .with(CertificateAuthority.generate(CLUSTER, 3, P256, random, NOW), NOW);
    AuthorityGenerations again = AuthorityGenerations.parse(CLUSTER, all.texts(), random);
    assertThat(again.texts()).isEqualTo(all.texts());
    IssuedCluster issued = again.from(2).issued();
    assertThat(issued.trusted()).hasSize(2);
    assertThat(issued.crossCertificates()).hasSize(1);
    validate(
        issued.trusted().getLast(),
        issued.authority().issueInstance(new InstanceId("n", 0), P256, NOW).certificate(),
        issued.crossCertificates().getFirst());
    assertThat(all.toString() + issued).doesNotContain("PRIVATE", "BEGIN");
  }

  @Test
  void damaged_certificate_requests_are_refused_in_words() {
    for (String text :
        List.of("", "hello", "-----BEGIN CERTIFICATE REQUEST-----\nQUJD\n-----END")) {
      assertThatThrownBy(() -> CertificateRequest.parse(text))
          .isInstanceOf(GeneralSecurityException.class)
          .hasMessageContaining("openssl req -new");
    }
  }

  private static void validate(X509Certificate anchor, X509Certificate... path) throws Exception {
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(NOW));
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509").generateCertPath(List.of(path)), parameters);
  }
}

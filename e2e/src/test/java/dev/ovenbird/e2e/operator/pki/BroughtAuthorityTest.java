package dev.ovenbird.e2e.operator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.operator.issue.IssuedCluster;
import dev.ovenbird.operator.reconcile.ClusterIssuer;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.pki.SecretClusterIssuer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An existing certificate authority from a Secret, as people make them with openssl. */
class BroughtAuthorityTest {
  private static PkiStage stage;
  private static OperatorContext context;
  private static ClusterIssuer issuer;
  private static Path folder;

  @BeforeAll
  static void start() {
    stage = new PkiStage();
    context = stage.context();
    issuer = new SecretClusterIssuer(context);
    folder = TempFolder.create(stage.scope(), "ovenbird-brought");
  }

  @AfterAll
  static void stop() {
    stage.close();
  }

  private static VpnCluster cluster(String secret) {
    return cluster(secret, "");
  }

  private static VpnCluster cluster(String secret, String more) {
    return stage.cluster(secret, "{type: Secret, secretRef: {name: " + secret + "}" + more + "}");
  }

  /** Makes tls.crt and tls.key with openssl req -x509 and further arguments. */
  private static Path make(String name, String... arguments) throws Exception {
    Path dir = Files.createDirectories(folder.resolve(name));
    List<String> command =
        new ArrayList<>(
            List.of(
                "openssl",
                "req",
                "-x509",
                "-nodes",
                "-days",
                "7300",
                "-subj",
                "/CN=" + name,
                "-keyout",
                dir.resolve("tls.key").toString(),
                "-out",
                dir.resolve("tls.crt").toString()));
    command.addAll(
        arguments.length > 0
            ? List.of(arguments)
            : List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"));
    Command.run(command.toArray(String[]::new));
    return dir;
  }

  private static void put(String secret, Path dir) {
    put(secret, dir.resolve("tls.crt"), dir.resolve("tls.key"));
  }

  private static void put(String secret, Path certificate, Path key) {
    stage.plane().kubectl("delete", "secret", secret, "-n", stage.users(), "--ignore-not-found");
    Command.Result made =
        stage
            .plane()
            .kubectl(
                "create",
                "secret",
                "generic",
                secret,
                "-n",
                stage.users(),
                "--from-file=tls.crt=" + certificate,
                "--from-file=tls.key=" + key);
    assertThat(made.status()).as(made.output()).isZero();
  }

  private static String unusable(String secret, String message) {
    return ClusterIssuerTest.assertUnresolved(
        () -> issuer.issue(cluster(secret)), "AuthoritySecretUnusable", message);
  }

  @Test
  void missing_secret_is_asked_for_and_heals() throws Exception {
    String said =
        ClusterIssuerTest.assertUnresolved(
            () -> issuer.issue(cluster("absent")),
            "AuthoritySecretMissing",
            "Secret " + stage.users() + "/absent (spec.pki.ca.secretRef) does not exist");
    assertThat(said)
        .contains("kubectl create secret tls absent -n " + stage.users() + " --cert=tls.crt");
    Path made = make("absent");
    put("absent", made);
    IssuedCluster issued = issuer.issue(cluster("absent"));
    assertThat(issued.authority().certificate().getSubjectX500Principal().getName())
        .isEqualTo("CN=absent");
  }

  @Test
  void every_fault_of_the_secret_is_named() throws Exception {
    Path good = make("faults");
    Path other = make("other");
    Path text = Files.writeString(folder.resolve("text"), "not PEM\n");
    put("faults", text, good.resolve("tls.key"));
    unusable("faults", "tls.crt is no certificate in PEM");
    put("faults", good.resolve("tls.crt"), text);
    unusable("faults", "tls.key holds no private key in PEM");
    put("faults", good.resolve("tls.crt"), other.resolve("tls.key"));
    unusable("faults", "tls.key is not the key of tls.crt; give the two that were made together");
    Path rsa = make("rsa1024", "-newkey", "rsa:1024");
    put("faults", rsa);
    unusable("faults", "tls.crt cannot be used: its key (RSA of 1024 bits) is of no kind");
    put("faults", good.resolve("tls.crt"), rsa.resolve("tls.key"));
    unusable("faults", "another kind than the certificate's");
    Path encrypted = folder.resolve("encrypted.key");
    Command.run(
        "openssl",
        "pkcs8",
        "-topk8",
        "-passout",
        "pass:secret",
        "-in",
        good.resolve("tls.key").toString(),
        "-out",
        encrypted.toString());
    put("faults", good.resolve("tls.crt"), encrypted);
    unusable("faults", "openssl pkcs8 -topk8 -nocrypt -in tls.key");
    String[] ec = {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"};
    put("faults", make("leaf", with(ec, "-addext", "basicConstraints=critical,CA:FALSE")));
    unusable("faults", "tls.crt is not a CA's certificate");
    put("faults", make("usage", with(ec, "-addext", "keyUsage=digitalSignature")));
    unusable("faults", "tls.crt may not sign certificates (keyUsage without keyCertSign)");
    put(
        "faults",
        make("short", with(ec, "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0")));
    unusable("faults", "tls.crt allows no CA below it (pathlen:0)");
    Path below =
        make(
            "below",
            with(
                ec,
                "-CA",
                good.resolve("tls.crt").toString(),
                "-CAkey",
                good.resolve("tls.key").toString()));
    put("faults", below);
    unusable("faults", "tls.crt is signed by another CA (CN=faults)");
    stage.plane().kubectl("delete", "secret", "faults", "-n", stage.users());
    stage
        .plane()
        .kubectl(
            "create",
            "secret",
            "generic",
            "faults",
            "-n",
            stage.users(),
            "--from-file=tls.crt=" + good.resolve("tls.crt"));
    unusable("faults", "tls.key is missing; make the Secret with kubectl create secret tls");
    put("faults", good);
    assertThat(issuer.issue(cluster("faults")).generation()).isEqualTo(1);
  }

  @Test
  void authority_outside_its_time_is_refused() throws Exception {
    put("time", make("time"));
    for (Duration away : List.of(Duration.ofDays(8000), Duration.ofDays(-1))) {
      OperatorContext then = stage.context(Clock.fixed(Instant.now().plus(away), ZoneOffset.UTC));
      ClusterIssuerTest.assertUnresolved(
          () -> new SecretClusterIssuer(then).issue(cluster("time")),
          "AuthoritySecretUnusable",
          away.isPositive() ? "that is still valid" : "or set the clock right");
    }
  }

  @Test
  void keys_as_openssl_used_to_write_them_are_taken() throws Exception {
    Path rsa = make("pkcs1", "-newkey", "rsa:2048");
    Path pkcs1 = folder.resolve("pkcs1.key");
    Command.run(
        "openssl",
        "rsa",
        "-traditional",
        "-in",
        rsa.resolve("tls.key").toString(),
        "-out",
        pkcs1.toString());
    assertThat(Files.readString(pkcs1)).contains("BEGIN RSA PRIVATE KEY");
    put("pkcs1", rsa.resolve("tls.crt"), pkcs1);
    issuer.issue(cluster("pkcs1"));

    Path sec1 = folder.resolve("sec1.key");
    Command.run("openssl", "ecparam", "-genkey", "-name", "secp384r1", "-out", sec1.toString());
    assertThat(Files.readString(sec1)).contains("BEGIN EC PARAMETERS", "BEGIN EC PRIVATE KEY");
    Path certificate = folder.resolve("sec1.crt");
    Command.run(
        "openssl",
        "req",
        "-x509",
        "-new",
        "-key",
        sec1.toString(),
        "-subj",
        "/CN=sec1",
        "-out",
        certificate.toString());
    put("sec1", certificate, sec1);
    issuer.issue(cluster("sec1"));

    put("ed25519", make("ed25519", "-newkey", "ed25519"));
    issuer.issue(cluster("ed25519"));
    for (String each : List.of("pkcs1", "sec1", "ed25519")) {
      IssuedCluster again = new SecretClusterIssuer(context).issue(cluster(each));
      again
          .authority()
          .issueClient(
              "x",
              "1",
              again.trusted().getFirst().getPublicKey(),
              Duration.ofDays(1),
              Instant.now())
          .verify(again.trusted().getFirst().getPublicKey());
    }
  }

  @Test
  void another_authority_in_the_secret_is_a_rotation_and_so_is_going_back() throws Exception {
    Path first = make("first");
    Path second = make("second", "-newkey", "rsa:2048");
    put("swap", first);
    IssuedCluster before = issuer.issue(cluster("swap"));
    put("swap", second);
    IssuedCluster after = issuer.issue(cluster("swap"));
    assertThat(after.generation()).isEqualTo(2);
    assertThat(after.trusted())
        .containsExactly(after.authority().certificate(), before.authority().certificate());
    after.crossCertificates().getFirst().verify(before.authority().certificate().getPublicKey());
    put("swap", first);
    IssuedCluster back = issuer.issue(cluster("swap"));
    assertThat(back.generation()).isEqualTo(3);
    assertThat(back.trusted())
        .containsExactly(before.authority().certificate(), after.authority().certificate());
    assertThat(new SecretClusterIssuer(context).issue(cluster("swap")).trusted())
        .isEqualTo(back.trusted());
  }

  @Test
  void raised_generation_waits_for_the_secret_to_change() throws Exception {
    put("raised", make("raised"));
    issuer.issue(cluster("raised"));
    ClusterIssuerTest.assertUnresolved(
        () -> issuer.issue(cluster("raised", ", generation: 2")),
        "AuthoritySecretUnchanged",
        "still holds the one in use; put the new one there, or set generation to 1");
    put("raised", make("raised-next"));
    assertThat(issuer.issue(cluster("raised", ", generation: 2")).generation()).isEqualTo(2);
  }

  @Test
  void generated_authority_is_followed_by_a_persons_and_the_other_way_round() throws Exception {
    stage.cluster("mixed", "{}");
    IssuedCluster generated = issuer.issue(stage.cluster("mixed", "{}"));
    put("mixed", make("mixed"));
    IssuedCluster brought = issuer.issue(cluster("mixed"));
    brought
        .crossCertificates()
        .getFirst()
        .verify(generated.authority().certificate().getPublicKey());
    assertThat(issuer.issue(stage.cluster("mixed", "{type: Generated}")).trusted())
        .isEqualTo(brought.trusted());
  }

  private static String[] with(String[] some, String... more) {
    List<String> all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}

package dev.ovenbird.operator.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
import dev.ovenbird.crds.v1alpha1.Authentication;
import dev.ovenbird.crds.v1alpha1.Pki;
import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.operator.Golden;
import dev.ovenbird.operator.issue.CertificateAuthority;
import dev.ovenbird.operator.issue.ClientKeys;
import dev.ovenbird.operator.issue.Credentials;
import dev.ovenbird.operator.issue.Pem;
import dev.ovenbird.operator.plan.Endpoint;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class ClientProfileTest {
  private static final String CLUSTER = "06504550-b5f9-4e00-b066-aa18575f5200";
  private static final String CLIENT = "d0ef8130-825e-480c-a4e8-a5aa13e22eca";
  private static final List<Remote> REMOTES =
      List.of(
          new Remote("local/1", new Endpoint("127.0.0.1", 1195, Protocol.UDP)),
          new Remote("local/0", new Endpoint("vpn.example.com", 1194, Protocol.UDP)),
          new Remote("local/1", new Endpoint("2001:db8::1", 1195, Protocol.UDP)),
          new Remote("local/0", new Endpoint("127.0.0.1", 8443, Protocol.TCP)));

  /** What 2.5, 2.6, 2.7 and OpenVPN 3 all take in a profile: digest 12.2. */
  private static final Set<String> TAKEN_BY_ALL =
      Set.of(
          "client",
          "dev",
          "nobind",
          "persist-tun",
          "remote",
          "server-poll-timeout",
          "hand-window",
          "resolv-retry",
          "connect-retry",
          "remote-cert-tls",
          "verify-x509-name",
          "tls-version-min",
          "ignore-unknown-option",
          "data-ciphers",
          "ncp-ciphers",
          "auth",
          "key-direction",
          "setenv");

  @Test
  void text_is_as_expected() {
    Golden.compare(
        Golden.folder("profile").resolve("alice.ovpn"),
        ClientProfile.render(content("CA\n", "CERT\n", "KEY\n", "V2\n")));
  }

  @ParameterizedTest
  @EnumSource(Tls.LegacyWrap.class)
  void legacy_text_is_as_expected(Tls.LegacyWrap wrap) {
    Golden.compare(
        Golden.folder("profile").resolve("alice-legacy-" + wrap + ".ovpn"),
        ClientProfile.renderLegacy(content("CA\n", "CERT\n", "KEY\n", "V2\n"), wrap, "STATIC\n"));
  }

  @Test
  void legacy_profile_says_nothing_that_version_2_4_refuses() {
    for (Tls.LegacyWrap wrap : Tls.LegacyWrap.values()) {
      String text = ClientProfile.renderLegacy(content("CA", "CERT", "KEY", "V2"), wrap, "STATIC");
      assertThat(directives(text))
          .isSubsetOf(TAKEN_BY_ALL)
          .doesNotContain("data-ciphers", "ignore-unknown-option");
      assertThat(text)
          .doesNotContain("tls-crypt-v2")
          .doesNotContain("CHACHA20")
          .contains("ncp-ciphers AES-256-GCM:AES-128-GCM\n");
    }
  }

  @Test
  void legacy_profile_lists_no_more_remotes_than_version_2_4_takes() {
    List<Remote> many = java.util.Collections.nCopies(100, REMOTES.getFirst());
    ClientProfile.Content some = content("CA", "CERT", "KEY", "V2");
    String text =
        ClientProfile.renderLegacy(
            new ClientProfile.Content(
                some.clusterName(),
                some.clusterUid(),
                some.clientName(),
                many,
                some.tls(),
                some.caPem(),
                some.certificatePem(),
                some.keyPem(),
                some.tlsCryptV2Pem()),
            Tls.LegacyWrap.TLSCrypt,
            "STATIC");
    assertThat(text.lines().filter(line -> line.startsWith("remote "))).hasSize(64);
  }

  @Test
  void no_client_refuses_a_directive() {
    assertThat(directives(ClientProfile.render(content("CA", "CERT", "KEY", "V2"))))
        .isSubsetOf(TAKEN_BY_ALL);
  }

  @ParameterizedTest
  @CsvSource({
    "Disabled, ''",
    "Static, 'static-challenge \"Code of your authenticator app\" 1\n'",
    "Dynamic, 'auth-retry interact\n'"
  })
  void profile_asks_for_what_the_cluster_asks_for(InstanceConfig.Totp totp, String more) {
    Authentication asked =
        new Authentication(
            new Authentication.Passwords(
                Authentication.PasswordsType.Secret, new Pki.SecretReference("users"), null),
            totp,
            InstanceConfig.Usernames.Any,
            new Authentication.Token("12h", "1h"));
    assertThat(ClientProfile.logIn(asked))
        .isEqualTo("auth-user-pass\nauth-nocache\n" + more.replace("\\n", "\n"));
    assertThat(ClientProfile.logIn(Authentication.DEFAULT)).isEmpty();
  }

  private static Set<String> directives(String profile) {
    return profile
        .lines()
        .takeWhile(line -> !line.startsWith("<"))
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.split(" ")[0])
        .collect(Collectors.toSet());
  }

  @ParameterizedTest
  @EnumSource(Pki.KeyAlgorithm.class)
  void stock_openvpn_takes_it_without_a_warning(Pki.KeyAlgorithm algorithm, @TempDir Path folder)
      throws Exception {
    SecureRandom random = new SecureRandom();
    Pki.PrivateKey kind =
        new Pki.PrivateKey(algorithm, algorithm == Pki.KeyAlgorithm.RSA ? 2048 : 256);
    CertificateAuthority ca = CertificateAuthority.generate(CLUSTER, kind, random, Instant.now());
    Credentials alice = ca.issueClient("alice", CLIENT, kind, Duration.ofDays(3650), Instant.now());
    Path profile = folder.resolve("alice.ovpn");
    Files.writeString(
        profile,
        ClientProfile.render(
            content(
                Pem.of(ca.certificate()),
                Pem.of(alice.certificate()),
                Pem.of(alice.privateKey()),
                ClientKeys.issue(TlsCryptV2ServerKey.random(random), CLUSTER, CLIENT, random)
                    .toPem())));
    Process openvpn =
        new ProcessBuilder("openvpn", "--config", profile.toString(), "--dev", "null")
            .redirectErrorStream(true)
            .start();
    List<String> lines = new ArrayList<>();
    try (BufferedReader log = openvpn.inputReader()) {
      String line = log.readLine();
      while (line != null && !line.contains("link remote: ")) {
        lines.add(line);
        line = log.readLine();
      }
      assertThat(line).as("%s", lines).contains("127.0.0.1:1195");
    } finally {
      openvpn.destroyForcibly().waitFor();
    }
    assertThat(lines).noneMatch(line -> line.matches(".*(?i)(warning|error|deprecated).*"));
  }

  private static ClientProfile.Content content(
      String ca, String certificate, String key, String tlsCryptV2) {
    return new ClientProfile.Content(
        "office",
        CLUSTER,
        "alice",
        REMOTES,
        new Tls(
            Tls.Version.VersionTLS12,
            new Tls.ControlChannel(
                Tls.Wrap.TLSCryptV2,
                Tls.LegacyProfiles.Enabled,
                Tls.LegacyWrap.TLSCrypt,
                Tls.DynamicTlsCrypt.Disabled,
                new Tls.ServerKey(1, 1)),
            Tls.DataCipher.DEFAULT,
            "1h",
            Tls.Engine.BouncyCastle),
        ca,
        certificate,
        key,
        tlsCryptV2);
  }
}

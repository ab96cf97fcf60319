package dev.ovenbird.operator.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.crds.instance.InstanceConfig.Protocol;
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
          "setenv");

  @Test
  void text_is_as_expected() {
    Golden.compare(
        Golden.folder("profile").resolve("alice.ovpn"),
        ClientProfile.render(content("CA\n", "CERT\n", "KEY\n", "V2\n")));
  }

  @Test
  void no_client_refuses_a_directive() {
    Set<String> directives =
        ClientProfile.render(content("CA", "CERT", "KEY", "V2"))
            .lines()
            .takeWhile(line -> !line.startsWith("<"))
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.split(" ")[0])
            .collect(Collectors.toSet());
    assertThat(TAKEN_BY_ALL).containsAll(directives);
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
            new Tls.ControlChannel(Tls.Wrap.TLSCryptV2, Tls.LegacyProfiles.Disabled),
            List.of(Tls.DataCipher.values()),
            "1h"),
        ca,
        certificate,
        key,
        tlsCryptV2);
  }
}

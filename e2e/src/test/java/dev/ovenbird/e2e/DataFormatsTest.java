package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.NewestClient;
import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.net.Lab;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Formats of data packets that a stock client uses where it must, or where it can. */
class DataFormatsTest {
  private static Stage stage;

  @BeforeAll
  static void open() {
    stage =
        Stage.open(
            1,
            new ClusterSpec()
                .client("alice")
                .lanes(1)
                .set(
                    "tls",
                    "{renegotiation: 5s, dataCiphers: [AES-256-GCM, AES-128-GCM,"
                        + " CHACHA20-POLY1305, AES-256-CBC, AES-128-CBC]}"));
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @ParameterizedTest
  @CsvSource({"AES-256-GCM, udp", "AES-128-GCM, tcp", "CHACHA20-POLY1305, udp"})
  void client_of_2_7_uses_epoch_keys_through_renegotiations(String cipher, String protocol) {
    try (OpenVpnClient client = startNewest(protocol, "--data-ciphers", cipher)) {
      client.awaitConnected(Stage.CONNECT);
      assertThat(client.log().lines()).anyMatch(line -> line.contains("OpenVPN 2.7"));
      assertThat(client.log().count("protocol-flags cc-exit tls-ekm aead-epoch")).isPositive();
      stage.assertServiceIsReached(0);
      awaitRenegotiation(client);
      stage.assertServiceIsReached(0);
      assertNoComplaint(client);
    }
  }

  private static OpenVpnClient startNewest(String protocol, String... arguments) {
    Path binary = NewestClient.make(stage.dir());
    int port = protocol.equals("tcp") ? ClusterSpec.TCP_PORT : ClusterSpec.UDP_PORT;
    Path profile =
        stage
            .cluster()
            .profile("alice")
            .with(new Profile.Remote(Lab.SERVER_IPV4, port, protocol))
            .write(stage.dir().resolve("newest.ovpn"));
    String[] all = new String[arguments.length + 2];
    all[0] = "--verb";
    all[1] = "4";
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return OpenVpnClient.start(stage.scope(), stage.lab().client(0), binary, profile, all);
  }

  @ParameterizedTest
  @CsvSource({
    "AES-256-CBC, SHA1, udp",
    "AES-256-CBC, SHA256, tcp",
    "AES-128-CBC, SHA256, udp",
    "AES-256-CBC, SHA512, udp"
  })
  void client_with_nothing_but_cbc_is_served_with_the_digest_of_its_profile(
      String cipher, String auth, String protocol) {
    int port = protocol.equals("tcp") ? ClusterSpec.TCP_PORT : ClusterSpec.UDP_PORT;
    Profile profile =
        stage.cluster().profile("alice").with(new Profile.Remote(Lab.SERVER_IPV4, port, protocol));
    try (OpenVpnClient client =
        stage.start(0, profile, "--data-ciphers", cipher, "--auth", auth, "--verb", "4")) {
      client.awaitConnected(Stage.CONNECT);
      client.log().await("Data Channel: Cipher '" + cipher + "' initialized", Stage.CONNECT);
      client.log().await("message hash '" + auth + "' for HMAC", Stage.CONNECT);
      stage.assertServiceIsReached(0);
      awaitRenegotiation(client);
      stage.assertServiceIsReached(0);
      assertNoComplaint(client);
    }
  }

  @ParameterizedTest
  @CsvSource({"--comp-lzo no", "--comp-lzo yes", "--compress lz4", "--compress stub-v2"})
  void client_with_compression_in_its_profile_is_served_without(String option) {
    String[] words = option.split(" ");
    try (OpenVpnClient client =
        stage.connect(
            0, "alice", words[0], words[1], "--allow-compression", "yes", "--verb", "4")) {
      stage.assertServiceIsReached(0);
      assertNoComplaint(client);
    }
  }

  /** What nothing turns off: this client takes no pushed option of that kind, and compresses. */
  @Test
  void client_that_compresses_all_the_same_hears_why_it_is_refused() {
    try (OpenVpnClient client =
        stage.start(
            0,
            stage.lane0("alice"),
            "--compress",
            "lz4",
            "--allow-compression",
            "yes",
            "--pull-filter",
            "ignore",
            "compress",
            "--verb",
            "4")) {
      client.log().await("this server refuses compressed packets", Stage.CONNECT);
    }
  }

  private static void awaitRenegotiation(OpenVpnClient client) {
    client.log().await("Control Channel: TLSv1", client.log().mark(), Stage.CONNECT);
  }

  private static void assertNoComplaint(OpenVpnClient client) {
    assertThat(client.log().lines())
        .noneMatch(line -> line.contains("Authenticate/Decrypt packet error"))
        .noneMatch(line -> line.contains("Bad ") && line.contains("decompression header"));
  }
}

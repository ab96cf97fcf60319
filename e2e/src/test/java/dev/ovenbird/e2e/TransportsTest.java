package dev.ovenbird.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OldClient;
import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.service.DatagramRoundTrip;
import dev.ovenbird.e2e.service.UdpSink;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every transport, TLS version, cipher and key derivation that a stock client may choose. */
class TransportsTest {
  /** UDP's payload in a packet of 1500 bytes; 20 less by IPv6. */
  private static final int LONGEST_UNCUT = 1472;

  private static Stage stage;

  @BeforeAll
  static void open() {
    stage = Stage.open(1, new ClusterSpec().client("alice"));
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @Test
  void the_profile_alone_is_enough() {
    try (OpenVpnClient client = stage.connect(0, "alice")) {
      assertThat(client.ipv4()).startsWith("10.88.");
      assertThat(client.ipv6()).startsWith("fd00:88:");
      stage.assertServiceIsReached(0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "udp, " + Lab.SERVER_IPV4 + ", " + ClusterSpec.UDP_PORT,
    "udp, " + Lab.SERVER_IPV6 + ", " + ClusterSpec.UDP_PORT,
    "tcp, " + Lab.SERVER_IPV4 + ", " + ClusterSpec.TCP_PORT,
    "tcp, " + Lab.SERVER_IPV6 + ", " + ClusterSpec.TCP_PORT
  })
  void client_works_over(String protocol, String host, int port) {
    Profile profile =
        stage.cluster().profile("alice").with(new Profile.Remote(host, port, protocol));
    try (OpenVpnClient client = stage.start(0, profile).awaitConnected(Stage.CONNECT)) {
      assertThat(client.log().lines()).anyMatch(line -> line.contains(host));
      stage.assertServiceIsReached(0);
    }
  }

  @Test
  void client_on_udp_takes_the_receive_buffer_that_it_is_pushed() {
    String limit = stage.lab().client(0).run("sysctl", "-n", "net.core.rmem_max").strip();
    long allowed = Long.parseLong(limit);
    try (OpenVpnClient client = stage.connect(0, "alice", "--verb", "4")) {
      // Linux counts each byte twice, for what it needs itself.
      assertThat(client.log().count("->" + 2 * Math.min(1 << 20, allowed) + "]")).isPositive();
      stage.assertServiceIsReached(0);
    }
  }

  @Test
  void datagrams_of_every_size_come_back_unchanged_and_too_long_ones_in_fragments() {
    UdpSink ipv6 = UdpSink.start(stage.scope(), stage.lab().service(), Lab.SERVICE_IPV6, 7009);
    try (OpenVpnClient client =
        stage.start(0, stage.lane0("alice")).awaitConnected(Stage.CONNECT)) {
      assertThat(client.ipv4()).startsWith("10.88.");
      int[] sizes =
          IntStream.concat(
                  IntStream.rangeClosed(0, LONGEST_UNCUT).flatMap(size -> IntStream.of(size, size)),
                  IntStream.of(LONGEST_UNCUT + 1, 2000, 4000, 9000, 20_000))
              .toArray();
      for (UdpSink echo : List.of(stage.sink(), ipv6)) {
        assertThat(DatagramRoundTrip.lost(stage.lab().client(0), echo.address(), sizes)).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2", "1.3"})
  void client_works_with_tls(String version) {
    try (OpenVpnClient client =
        stage.connect(
            0,
            "alice",
            "--tls-version-min",
            version,
            "--tls-version-max",
            version,
            "--verb",
            "4")) {
      assertThat(client.log().count("Control Channel: TLSv" + version)).isPositive();
      stage.assertServiceIsReached(0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"AES-256-GCM", "AES-128-GCM", "CHACHA20-POLY1305"})
  void client_works_with_cipher(String cipher) {
    try (OpenVpnClient client =
        stage.connect(0, "alice", "--data-ciphers", cipher, "--verb", "4")) {
      client.log().await("Data Channel: Cipher '" + cipher + "' initialized", Stage.CONNECT);
      assertThat(client.log().count("protocol-flags cc-exit tls-ekm")).isPositive();
      stage.assertServiceIsReached(0);
    }
  }

  /**
   * Stock 2.6 can't be told to do without exported keys, so the client is stock 2.6 with one text
   * changed: it announces what OpenVPN 2.5 announces (DATA_V2 and nothing newer). Its derivation of
   * keys by PRF is OpenVPN's own.
   */
  @ParameterizedTest
  @ValueSource(strings = {"1.2", "1.3"})
  void client_that_knows_no_exported_keys_derives_them_by_prf(String tls) {
    Path binary = OldClient.make(stage.dir());
    Path profile = stage.cluster().profileFile("alice");
    try (OpenVpnClient client =
        OpenVpnClient.start(
                stage.scope(),
                stage.lab().client(0),
                binary,
                profile,
                "--tls-version-max",
                tls,
                "--verb",
                "4")
            .awaitConnected(Stage.CONNECT)) {
      assertThat(client.log().count("PUSH_REPLY")).isPositive();
      assertThat(client.log().count("tls-ekm")).isZero();
      stage.assertServiceIsReached(0);
    }
  }
}

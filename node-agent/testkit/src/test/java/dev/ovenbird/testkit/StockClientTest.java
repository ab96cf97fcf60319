package dev.ovenbird.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.JdkAeadProvider;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.tls.BcTlsServerEngineFactory;
import dev.ovenbird.protocol.tls.TlsEngine;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.tls.TlsIdentity;
import dev.ovenbird.protocol.tls.TlsVersion;
import dev.ovenbird.protocol.wrap.ServerWraps;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The bare protocol core against Debian's openvpn (without a TUN: {@code dev null}), in every
 * combination of TLS version, cipher and key derivation, and with every protection of the control
 * channel, through renegotiations. Many at a time: they wait for renegotiations of a second.
 */
@Execution(ExecutionMode.CONCURRENT)
class StockClientTest {
  private static final int RENEGOTIATIONS = 3;

  @TempDir Path folder;

  static Stream<Arguments> combinations() {
    return Stream.of("1.2", "1.3")
        .flatMap(
            tls ->
                Stream.of(DataCipher.values())
                    .flatMap(
                        cipher ->
                            Stream.of(true, false)
                                .map(export -> Arguments.of(tls, cipher, export))));
  }

  @ParameterizedTest(name = "TLS {0}, {1}, exporter {2}")
  @MethodSource("combinations")
  void stock_client_connects_and_renegotiates(String tls, DataCipher cipher, boolean export)
      throws Exception {
    long wall = LoopbackServer.wallSeconds();
    SecureRandom random = new SecureRandom();
    TestPki pki = new TestPki(random, wall);
    TlsEngineFactory engines =
        new BcTlsServerEngineFactory(
            random,
            LoopbackServer::wallSeconds,
            pki.server("server"),
            pki.anchors(),
            TlsVersion.TLS12);
    try (LoopbackServer server = new LoopbackServer(config(pki, exporting(engines, export)))) {
      Path profile = profile(pki, server.port(), directives(Wraps.TLS_CRYPT_V2, pki));
      Process openvpn =
          new ProcessBuilder(
                  "openvpn",
                  "--config",
                  profile.toString(),
                  "--tls-version-max",
                  tls,
                  "--data-ciphers",
                  cipher.openvpnName())
              .redirectErrorStream(true)
              .start();
      List<String> log = new ArrayList<>();
      try (BufferedReader lines = openvpn.inputReader(StandardCharsets.UTF_8)) {
        read(lines, log, line -> line.contains("Initialization Sequence Completed"));
        for (int i = 0; i < RENEGOTIATIONS; i++) {
          read(lines, log, line -> line.contains("Control Channel: TLSv" + tls));
        }
        openvpn.toHandle().destroy();
        read(lines, log, line -> line.contains("process exiting"));
      } finally {
        openvpn.destroyForcibly().waitFor();
      }
      assertThat(String.join("\n", log))
          .contains("Data Channel: cipher '" + cipher.openvpnName())
          .doesNotContain("Decrypt error")
          .doesNotContain("SIGUSR1");
      assertThat(log.stream().anyMatch(line -> line.contains("tls-ekm"))).isEqualTo(export);
      assertThat(server.opened).hasValue(1);
      // Pings came through the data channel, and were counted.
      assertThat(server.dataPackets.get()).isPositive();
      assertLeft(server);
    }
  }

  static Stream<Arguments> wraps() {
    return Stream.of(Wraps.values())
        .flatMap(wrap -> Stream.of(Arguments.of(wrap, false), Arguments.of(wrap, true)));
  }

  /** With dynamic tls-crypt its renegotiations show that both sides make one key. */
  @ParameterizedTest(name = "{0}, dynamic tls-crypt {1}")
  @MethodSource("wraps")
  void stock_client_connects_and_renegotiates_with(Wraps wrap, boolean renewed) throws Exception {
    SecureRandom random = new SecureRandom();
    TestPki pki = new TestPki(random, LoopbackServer.wallSeconds());
    TlsEngineFactory engines =
        new BcTlsServerEngineFactory(
            random,
            LoopbackServer::wallSeconds,
            pki.server("server"),
            pki.anchors(),
            TlsVersion.TLS12);
    ServerConfig config = Wraps.all(pki, renewed).apply(config(pki, engines));
    try (LoopbackServer server = new LoopbackServer(config)) {
      Path profile = profile(pki, server.port(), directives(wrap, pki));
      Process openvpn =
          new ProcessBuilder("openvpn", "--config", profile.toString())
              .redirectErrorStream(true)
              .start();
      List<String> log = new ArrayList<>();
      try (BufferedReader lines = openvpn.inputReader(StandardCharsets.UTF_8)) {
        read(lines, log, line -> line.contains("Initialization Sequence Completed"));
        for (int i = 0; i < RENEGOTIATIONS; i++) {
          read(lines, log, line -> line.contains("Control Channel: TLSv"));
        }
        openvpn.toHandle().destroy();
        read(lines, log, line -> line.contains("process exiting"));
      } finally {
        openvpn.destroyForcibly().waitFor();
      }
      assertThat(String.join("\n", log)).doesNotContain("rror").doesNotContain("SIGUSR1");
      assertThat(log.stream().anyMatch(line -> line.contains("dyn-tls-crypt"))).isEqualTo(renewed);
      assertThat(server.opened).hasValue(1);
      assertLeft(server);
    }
  }

  /** What it sends once it has said that it leaves (it may be renegotiating) may be dropped. */
  private static void assertLeft(LoopbackServer server) throws InterruptedException {
    assertThat(server.eventsUntil("closed EXIT"))
        .endsWith("closed EXIT")
        .noneMatch(event -> event.startsWith("dropped"));
  }

  private static String directives(Wraps wrap, TestPki pki) {
    String key = pki.staticKey().toPem();
    return switch (wrap) {
      case TLS_CRYPT_V2 ->
          "<tls-crypt-v2>\n" + pki.clientKey("alice").toPem() + "</tls-crypt-v2>\n";
      case TLS_CRYPT -> "<tls-crypt>\n" + key + "</tls-crypt>\n";
      case TLS_AUTH_SHA1 -> "key-direction 1\n<tls-auth>\n" + key + "</tls-auth>\n";
      case TLS_AUTH_SHA256 -> "auth SHA256\nkey-direction 1\n<tls-auth>\n" + key + "</tls-auth>\n";
      case TLS_AUTH_SHA512 -> "auth SHA512\nkey-direction 1\n<tls-auth>\n" + key + "</tls-auth>\n";
      case TLS_AUTH_WITHOUT_DIRECTION -> "<tls-auth>\n" + key + "</tls-auth>\n";
    };
  }

  private static TlsEngineFactory exporting(TlsEngineFactory engines, boolean export) {
    return new TlsEngineFactory() {
      @Override
      public TlsEngine create() {
        return engines.create();
      }

      @Override
      public boolean exportsKeys() {
        return export;
      }
    };
  }

  private static ServerConfig config(TestPki pki, TlsEngineFactory engines) {
    return new ServerConfig(
        ServerWraps.tlsCryptV2(List.of(pki.serverKey())),
        engines,
        new JdkAeadProvider(),
        List.of(DataCipher.values()),
        TimeUnit.SECONDS.toNanos(1),
        TimeUnit.SECONDS.toNanos(60),
        TimeUnit.SECONDS.toNanos(3600),
        TimeUnit.SECONDS.toNanos(1),
        TimeUnit.SECONDS.toNanos(10),
        ServerConfig.Limits.DEFAULT);
  }

  private static void read(BufferedReader lines, List<String> log, Predicate<String> until)
      throws IOException {
    String line;
    while ((line = lines.readLine()) != null) {
      log.add(line);
      if (until.test(line)) {
        return;
      }
    }
    throw new AssertionError("openvpn ended early:\n" + String.join("\n", log));
  }

  private Path profile(TestPki pki, int port, String wrap) throws IOException {
    TlsIdentity identity = pki.client("alice");
    String text =
        """
        client
        dev null
        ifconfig-noexec
        route-noexec
        nobind
        remote 127.0.0.1 %d udp
        remote-cert-tls server
        verb 4
        connect-retry-max 1
        hand-window 20
        <ca>
        %s</ca>
        <cert>
        %s</cert>
        <key>
        %s</key>
        """
            .formatted(
                port,
                pem("CERTIFICATE", pki.anchors().getFirst()),
                pem("CERTIFICATE", identity.certificateChainDer().getFirst()),
                pem("PRIVATE KEY", identity.privateKeyPkcs8()));
    return Files.writeString(folder.resolve("alice.ovpn"), text + wrap);
  }

  private static String pem(String type, byte[] der) {
    String body =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n";
  }
}

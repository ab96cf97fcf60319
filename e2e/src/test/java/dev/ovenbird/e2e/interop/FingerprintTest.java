package dev.ovenbird.e2e.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.OpenVpnClient;
import dev.ovenbird.e2e.client.OwnClient;
import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.client.StockPki;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.tls.PeerTrust;
import dev.ovenbird.protocol.tls.TlsProvider;
import dev.ovenbird.protocol.tls.TlsVersion;
import dev.ovenbird.protocol.wrap.ServerWraps;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.StaticWrap;
import dev.ovenbird.server.ListenerSpec;
import dev.ovenbird.server.OvenbirdServer;
import dev.ovenbird.server.ServerSettings;
import dev.ovenbird.server.ServerSettings.TunnelNetwork;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code peer-fingerprint} in place of a CA, with stock openvpn at either end. */
@Timeout(120)
class FingerprintTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int PORT = 3194;
  private static final String GATEWAY = "10.87.0.1";

  private final Scope scope = new Scope();
  private final StockPki.Identity server = StockPki.selfSigned("server");
  private final StockPki.Identity alice = StockPki.selfSigned("alice");
  private final StockPki.Identity mallory = StockPki.selfSigned("alice");
  private Path dir = Path.of("");
  private Lab lab;
  private String wrap = "";

  @BeforeEach
  void makeLab() throws Exception {
    dir = TempFolder.create(scope, "ovenbird-fingerprint");
    lab = Lab.create(scope, 2);
    Path key = dir.resolve("wrap.pem");
    Command.run("openvpn", "--genkey", "secret", key.toString());
    wrap = Files.readString(key);
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** Who has a certificate that the server knows is admitted by it. */
  private record Everybody() implements Admission {
    @Override
    public boolean isKnown(byte[] metadata) {
      return false;
    }

    @Override
    public Verdict admit(PeerIdentity peer, PeerInfo info, LinkPath path) {
      byte[] address = {10, 87, 0, 2};
      List<String> pushed =
          List.of(
              "topology subnet", "ifconfig 10.87.0.2 255.255.255.0", "route-gateway " + GATEWAY);
      return new Admitted(peer.fingerprint(), List.of(address), pushed);
    }
  }

  private String config(StockPki.Identity own, String trusted, String... lines) {
    return String.join("\n", lines)
        + "\ndev tun\nverb 3\n<peer-fingerprint>\n"
        + trusted
        + "\n</peer-fingerprint>\n<tls-crypt>\n"
        + wrap
        + "</tls-crypt>\n"
        + own.inline();
  }

  private Profile profile(StockPki.Identity own, String trusted) {
    return new Profile(
        config(
            own,
            trusted,
            "client",
            "nobind",
            "data-ciphers AES-256-GCM",
            new Profile.Remote(Lab.SERVER_IPV4, PORT, "udp").toString()));
  }

  private void startOurServer() throws Exception {
    var tls =
        TlsProvider.BOUNCY_CASTLE.server(
            new SecureRandom(),
            () -> System.currentTimeMillis() / 1000,
            server.identity(),
            PeerTrust.fingerprints(List.of(alice.fingerprint())),
            TlsVersion.TLS12);
    ServerWraps wraps =
        ServerWraps.tlsCryptV2(List.of()).withShared(new StaticWrap.Crypt(StaticKey.parse(wrap)));
    ServerSettings settings =
        ServerSettings.builder(
                "pinned",
                TunnelNetwork.of("10.87.0.0/24", GATEWAY, null, null),
                ServerConfig.of(List.of(), tls).withWraps(wraps),
                new Everybody())
            .listener(ListenerSpec.udp(PORT, Lab.SERVER_IPV4))
            .build();
    scope.add(lab.server().call(() -> OvenbirdServer.start(settings)));
  }

  private OpenVpnClient stockClient(int namespace, Profile profile) {
    Path file = profile.write(dir.resolve("client" + namespace + ".ovpn"));
    return OpenVpnClient.start(scope, lab.client(namespace), file);
  }

  @Test
  void stock_clients_and_our_server_know_each_other_by_fingerprint() throws Exception {
    startOurServer();
    OpenVpnClient client = stockClient(0, profile(alice, server.fingerprint()));
    client.awaitConnected(LIMIT);
    assertThat(client.reaches(GATEWAY)).as(client.tail()).isTrue();
    OpenVpnClient stranger = stockClient(1, profile(mallory, server.fingerprint()));
    stranger.log().await("fatal SSL alert: certificate unknown", LIMIT);
    assertThat(stranger.connections()).isZero();
    assertThat(client.connections()).isOne();
  }

  @Test
  void a_stock_client_that_expects_another_server_leaves() throws Exception {
    startOurServer();
    OpenVpnClient client = stockClient(0, profile(alice, mallory.fingerprint()));
    client.log().await("certificate hash verification failed", LIMIT);
    assertThat(client.connections()).isZero();
  }

  @Test
  void our_client_and_a_stock_server_know_each_other_by_fingerprint() throws Exception {
    LoggedProcess stock = startStockServer();
    OwnClient client = OwnClient.start(scope, lab.client(0), profile(alice, server.fingerprint()));
    client.awaitConnected(LIMIT);
    assertThat(client.reaches(GATEWAY)).as(client.tail()).isTrue();
    OwnClient wary = OwnClient.start(scope, lab.client(1), profile(alice, alice.fingerprint()));
    assertThat(wary.awaitClosed(LIMIT))
        .contains("untrusted SHA-256 fingerprint", server.fingerprint());
    OwnClient stranger =
        OwnClient.start(scope, lab.client(1), profile(mallory, server.fingerprint()));
    String seen = "got certificate fingerprint: " + mallory.fingerprint().toLowerCase(Locale.ROOT);
    stock.await(seen, LIMIT);
    assertThat(stranger.isConnected()).isFalse();
    assertThat(client.isConnected()).isTrue();
  }

  private LoggedProcess startStockServer() throws Exception {
    Path file = dir.resolve("server.conf");
    Files.writeString(
        file,
        config(
            server,
            alice.fingerprint(),
            "server 10.87.0.0 255.255.255.0",
            "topology subnet",
            "local " + Lab.SERVER_IPV4,
            "port " + PORT,
            "dh none",
            "data-ciphers AES-256-GCM"));
    LoggedProcess process =
        scope.add(
            lab.server().start("stock server", Map.of(), "openvpn", "--config", file.toString()));
    process.await("Initialization Sequence Completed", LIMIT);
    return process;
  }
}

package dev.ovenbird.server;

import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.JdkAeadProvider;
import dev.ovenbird.protocol.message.PeerInfo;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.session.LinkPath;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.tls.BcTlsClientEngineFactory;
import dev.ovenbird.protocol.tls.BcTlsServerEngineFactory;
import dev.ovenbird.protocol.tls.PeerIdentity;
import dev.ovenbird.protocol.tls.TlsVersion;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ServerWraps;
import dev.ovenbird.server.ServerSettings.TunnelNetwork;
import dev.ovenbird.server.metric.CountingMetrics;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.tun.InProcessTun;
import dev.ovenbird.testkit.TestPki;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A server on loopback with an in-process TUN, whose clients are named and numbered. */
final class TestVpn implements Admission {
  private static final long SECOND = 1_000_000_000L;

  final CountingMetrics metrics = new CountingMetrics();
  final InProcessTun tun = new InProcessTun(1500, 1024);
  final Map<String, Integer> roster =
      new ConcurrentHashMap<>(Map.of("alice", 2, "bob", 3, "carol", 4));
  final Map<String, List<Cidr>> networks = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();
  private final TestPki pki = new TestPki(random, wallSeconds());
  AeadProvider aead = new JdkAeadProvider();
  private final String ipv4;
  private final String ipv6;

  TestVpn() {
    this("10.88", "fd00:88");
  }

  /** With tunnel addresses that begin so. */
  TestVpn(String ipv4, String ipv6) {
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
  }

  private static long wallSeconds() {
    return System.currentTimeMillis() / 1000;
  }

  ServerConfig config() {
    return config(30, ServerConfig.Limits.DEFAULT);
  }

  ServerConfig config(int handWindowSeconds, ServerConfig.Limits limits) {
    return new ServerConfig(
        ServerWraps.tlsCryptV2(List.of(pki.serverKey())),
        new BcTlsServerEngineFactory(
            random, TestVpn::wallSeconds, pki.server("server"), pki.anchors(), TlsVersion.TLS12),
        aead,
        DataCipher.DEFAULT,
        3600 * SECOND,
        handWindowSeconds * SECOND,
        3600 * SECOND,
        8 * SECOND,
        24 * SECOND,
        limits);
  }

  /** Settings without listeners; in-process TUN; 10.0.0.0/8 and fd00:1::/64 are allowed. */
  ServerSettingsBuilder settings(String name) {
    TunnelNetwork network =
        TunnelNetwork.of(ipv4 + ".0.0/16", ipv4 + ".0.1", ipv6 + "::/64", ipv6 + "::1");
    return ServerSettings.builder(name, network, config(), this)
        .tun(new TunSpec.InProcess(tun))
        .clientNetworks(client -> networks.getOrDefault(client, List.of()))
        .allowedDestinations("10.0.0.0/8", "fd00:1::/64")
        .metrics(metrics);
  }

  OvenbirdClient client(String name, String address, int port, Transport transport) {
    return client(name, address, port, transport, Duration.ofSeconds(30));
  }

  OvenbirdClient client(
      String name, String address, int port, Transport transport, Duration handWindow) {
    ClientConfig config =
        new ClientConfig(
            pki.clientKey(name),
            new BcTlsClientEngineFactory(
                random,
                TestVpn::wallSeconds,
                pki.client(name),
                pki.anchors(),
                "server",
                TlsVersion.TLS12,
                TlsVersion.TLS13),
            aead,
            DataCipher.DEFAULT,
            transport,
            address.indexOf(':') < 0,
            Long.MAX_VALUE,
            handWindow.toNanos(),
            3600 * SECOND,
            ClientConfig.Features.CURRENT);
    return OvenbirdClient.connect(new ClientSettings(new InetSocketAddress(address, port), config));
  }

  static String ipv4(int number) {
    return "10.88.0." + number;
  }

  @Override
  public boolean isKnown(byte[] metadata) {
    return metadata.length > 1;
  }

  @Override
  public Verdict admit(PeerIdentity identity, PeerInfo info, LinkPath path) {
    Integer number = roster.get(identity.commonName());
    if (number == null) {
      return new Refused("removed");
    }
    List<byte[]> addresses =
        List.of(
            Cidr.parse(ipv4 + ".0." + number).address(),
            Cidr.parse(ipv6 + "::" + number).address());
    return new Admitted(identity.commonName(), addresses, List.of("topology subnet"));
  }
}

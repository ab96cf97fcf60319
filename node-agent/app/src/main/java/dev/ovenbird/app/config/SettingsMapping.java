package dev.ovenbird.app.config;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.linux.process.FdStore;
import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.tls.PeerTrust;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.tls.TlsProvider;
import dev.ovenbird.protocol.tls.TlsVersion;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ServerWraps;
import dev.ovenbird.protocol.wrap.StaticWrap;
import dev.ovenbird.protocol.wrap.TlsAuth;
import dev.ovenbird.server.ListenerSpec;
import dev.ovenbird.server.ServerSettings;
import dev.ovenbird.server.ServerSettings.TunnelNetwork;
import dev.ovenbird.server.ServerSettingsBuilder;
import dev.ovenbird.server.TunSpec;
import dev.ovenbird.server.crypto.PublicKeyChoice;
import dev.ovenbird.server.dns.DnsSettings;
import dev.ovenbird.server.metric.Metrics;
import dev.ovenbird.server.route.Cidr;
import dev.ovenbird.server.route.ClientNetworks;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** From the instance's configuration to the server's own settings. */
public final class SettingsMapping {
  /** The reference's hand-window and tran-window (digest 7.6). */
  private static final long HAND_WINDOW_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final long TRANSITION_WINDOW_NANOS = TimeUnit.SECONDS.toNanos(3600);

  /** In a pod it names the cluster's DNS. */
  private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");

  private final SecureRandom random;
  private final AeadProvider aead;
  private final Metrics metrics;
  private final FdStore fdStore;
  private final SessionStoreSetting sessions;
  private final ReceiveIntervalSetting receiveInterval;

  /**
   * @param random for TLS; any thread
   * @param fdStore what the supervisor keeps
   */
  public SettingsMapping(
      SecureRandom random,
      AeadProvider aead,
      Metrics metrics,
      FdStore fdStore,
      SessionStoreSetting sessions,
      ReceiveIntervalSetting receiveInterval) {
    this.fdStore = fdStore;
    this.sessions = sessions;
    this.receiveInterval = receiveInterval;
    this.random = random;
    this.aead = aead;
    this.metrics = metrics;
  }

  /** Makes the TLS engines' factory: slow the first time, so that it may run beside other work. */
  public TlsEngineFactory tls(InstanceConfig config, Credentials credentials)
      throws ConfigException {
    try {
      return provider(config)
          .server(
              random,
              () -> System.currentTimeMillis() / 1000,
              credentials.identity(),
              PeerTrust.authorities(credentials.clientCasDer()),
              config.tls().minVersion().equals("VersionTLS13")
                  ? TlsVersion.TLS13
                  : TlsVersion.TLS12,
              PublicKeyChoice::best);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          config.files().certificateChain()
              + ", "
              + config.files().privateKey()
              + ", "
              + config.files().clientCas()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  /** Who does TLS. */
  public static TlsProvider provider(InstanceConfig config) {
    return switch (config.tls().engine()) {
      case JSSE -> TlsProvider.JSSE;
      case BouncyCastle -> TlsProvider.BOUNCY_CASTLE;
      case null -> TlsProvider.BOUNCY_CASTLE;
    };
  }

  /**
   * All settings of the server.
   *
   * @param roster who may connect, and what is behind them
   */
  public <R extends Admission & ClientNetworks> ServerSettings settings(
      InstanceConfig config, Credentials credentials, TlsEngineFactory tls, R roster)
      throws ConfigException {
    try {
      ServerSettingsBuilder settings =
          ServerSettings.builder(
                  config.clusterName() + "-" + config.lane(),
                  network(config.network()),
                  endpoint(config, credentials, tls),
                  roster)
              .clientNetworks(roster)
              .tun(new TunSpec.Kernel(config.tunName()))
              .lane(config.lane())
              .allowedDestinations(config.allowedDestinations().stream().map(Cidr::parse).toList())
              .clientToClient(
                  switch (config.clientToClient()) {
                    case Deny -> ServerSettings.ClientToClient.DENY;
                    case Allow -> ServerSettings.ClientToClient.ALLOW;
                  })
              .egress(
                  switch (config.egress()) {
                    case Masquerade -> ServerSettings.Egress.MASQUERADE;
                    case Routed -> ServerSettings.Egress.ROUTED;
                  })
              .nodeAddresses(nodeAddresses(config))
              .dns(dns(config))
              .fdStore(fdStore)
              .sessionStore(sessions.file(config))
              .storeChecks(sessions.checks())
              .receiveIntervalNanos(receiveInterval.nanos())
              .metrics(metrics);
      for (InstanceConfig.Listener listener : config.listeners()) {
        settings.listener(
            new ListenerSpec(
                listener.name(),
                switch (listener.protocol()) {
                  case UDP -> Transport.UDP;
                  case TCP -> Transport.TCP;
                },
                listener.addresses(),
                listener.port()));
      }
      return settings.build();
    } catch (IllegalArgumentException e) {
      throw new ConfigException("configuration: " + e.getMessage(), e);
    }
  }

  private static TunnelNetwork network(InstanceConfig.Network network) {
    return new TunnelNetwork(
        Cidr.parse(network.ipv4()),
        Cidr.parse(network.ipv4Gateway()),
        cidr(network.ipv6()),
        cidr(network.ipv6Gateway()),
        network.mtu());
  }

  private static List<Cidr> nodeAddresses(InstanceConfig config) {
    List<String> addresses = config.nodeAddresses();
    return addresses == null ? List.of() : addresses.stream().map(Cidr::parse).toList();
  }

  /** Whether clients are told to ask the gateway: then it has to answer. */
  private static @Nullable DnsSettings dns(InstanceConfig config) {
    String server = config.pushedDnsServer();
    if (server == null || !network(config.network()).gateways().contains(Cidr.parse(server))) {
      return null;
    }
    return new DnsSettings(RESOLV_CONF);
  }

  private static @Nullable Cidr cidr(@Nullable String text) {
    return text == null ? null : Cidr.parse(text);
  }

  /**
   * Without a static key, which may come a moment after the configuration that asks for it, legacy
   * clients hear nothing.
   */
  private static ServerWraps wraps(InstanceConfig config, Credentials credentials) {
    ServerWraps wraps =
        ServerWraps.tlsCryptV2(credentials.wrapKeys())
            .withRenewed(Boolean.TRUE.equals(config.tls().dynamicTlsCrypt()));
    InstanceConfig.LegacyWrap legacy = config.tls().legacyWrap();
    if (legacy == null) {
      return wraps;
    }
    return wraps.withShared(
        credentials.staticKeys().stream()
            .map(
                key ->
                    switch (legacy) {
                      case TLSCrypt -> new StaticWrap.Crypt(key);
                      // As the profile's auth and key-direction.
                      case TLSAuth -> new StaticWrap.Auth(key, TlsAuth.Digest.SHA256, true);
                    })
            .toArray(StaticWrap[]::new));
  }

  private ServerConfig endpoint(
      InstanceConfig config, Credentials credentials, TlsEngineFactory tls) {
    List<DataCipher> ciphers =
        config.tls().dataCiphers().stream()
            .map(name -> Objects.requireNonNull(DataCipher.of(name), name))
            .toList();
    ServerConfig.Limits standard = ServerConfig.Limits.DEFAULT;
    return new ServerConfig(
        wraps(config, credentials),
        tls,
        aead,
        ciphers,
        TimeUnit.SECONDS.toNanos(config.tls().renegotiationSeconds()),
        HAND_WINDOW_NANOS,
        TRANSITION_WINDOW_NANOS,
        TimeUnit.SECONDS.toNanos(config.keepalive().intervalSeconds()),
        TimeUnit.SECONDS.toNanos(config.keepalive().timeoutSeconds()),
        new ServerConfig.Limits(
            config.limits().maxClients(),
            standard.maxHalfOpen(),
            standard.maxStateful(),
            standard.maxInitialPerSecond(),
            standard.maxControlMessage()));
  }
}

package dev.ovenbird.app.config;

import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.protocol.data.AeadProvider;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.session.Admission;
import dev.ovenbird.protocol.session.ServerConfig;
import dev.ovenbird.protocol.tls.BcTlsServerEngineFactory;
import dev.ovenbird.protocol.tls.TlsEngineFactory;
import dev.ovenbird.protocol.tls.TlsVersion;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.ListenerSpec;
import dev.ovenbird.server.ServerSettings;
import dev.ovenbird.server.ServerSettings.TunnelNetwork;
import dev.ovenbird.server.ServerSettingsBuilder;
import dev.ovenbird.server.TunSpec;
import dev.ovenbird.server.metric.Metrics;
import dev.ovenbird.server.route.Cidr;
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

  private final SecureRandom random;
  private final AeadProvider aead;
  private final Metrics metrics;

  /**
   * @param random for TLS; any thread
   */
  public SettingsMapping(SecureRandom random, AeadProvider aead, Metrics metrics) {
    this.random = random;
    this.aead = aead;
    this.metrics = metrics;
  }

  /** Makes the TLS engines' factory: slow the first time, so that it may run beside other work. */
  public TlsEngineFactory tls(InstanceConfig config, Credentials credentials)
      throws ConfigException {
    try {
      return new BcTlsServerEngineFactory(
          random,
          () -> System.currentTimeMillis() / 1000,
          credentials.identity(),
          credentials.clientCasDer(),
          config.tls().minVersion().equals("VersionTLS13") ? TlsVersion.TLS13 : TlsVersion.TLS12);
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

  /** All settings of the server. */
  public ServerSettings settings(
      InstanceConfig config, Credentials credentials, TlsEngineFactory tls, Admission admission)
      throws ConfigException {
    try {
      ServerSettingsBuilder settings =
          ServerSettings.builder(
                  config.clusterName() + "-" + config.lane(),
                  network(config.network()),
                  endpoint(config, credentials, tls),
                  admission)
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

  private static @Nullable Cidr cidr(@Nullable String text) {
    return text == null ? null : Cidr.parse(text);
  }

  private ServerConfig endpoint(
      InstanceConfig config, Credentials credentials, TlsEngineFactory tls) {
    List<DataCipher> ciphers =
        config.tls().dataCiphers().stream()
            .map(name -> Objects.requireNonNull(DataCipher.of(name), name))
            .toList();
    ServerConfig.Limits standard = ServerConfig.Limits.DEFAULT;
    return new ServerConfig(
        credentials.wrapKeys(),
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

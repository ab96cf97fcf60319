package dev.ovenbird.app.rehearsal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.app.cluster.ClusterEnvironment;
import dev.ovenbird.app.cluster.ClusterSource;
import dev.ovenbird.app.config.ConfigException;
import dev.ovenbird.app.config.ConfigFile;
import dev.ovenbird.app.config.Credentials;
import dev.ovenbird.app.config.Pem;
import dev.ovenbird.app.config.ReceiveIntervalSetting;
import dev.ovenbird.app.config.SessionStoreSetting;
import dev.ovenbird.app.config.SettingsMapping;
import dev.ovenbird.app.roster.ClientKeyMetadata;
import dev.ovenbird.app.roster.PushOptions;
import dev.ovenbird.app.roster.RosterAdmission;
import dev.ovenbird.app.roster.RosterIndex;
import dev.ovenbird.crds.instance.InstanceConfig;
import dev.ovenbird.crds.instance.Roster;
import dev.ovenbird.linux.netlink.RouteNetlink;
import dev.ovenbird.linux.netlink.RouteWatch;
import dev.ovenbird.linux.process.FdStore;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.tls.BcTlsClientEngineFactory;
import dev.ovenbird.protocol.tls.TlsIdentity;
import dev.ovenbird.protocol.tls.TlsVersion;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import dev.ovenbird.server.ClientSettings;
import dev.ovenbird.server.OvenbirdClient;
import dev.ovenbird.server.OvenbirdServer;
import dev.ovenbird.server.TunSpec;
import dev.ovenbird.server.crypto.AeadChoice;
import dev.ovenbird.server.metric.CountingMetrics;
import dev.ovenbird.server.store.StoreChecks;
import dev.ovenbird.server.tun.InProcessTun;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From an API server's objects to a client that is connected and has traffic, on loopback. */
public final class Rehearsal {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

  private static final String NAME = "rehearsal";
  private static final String CLUSTER = "0b8f0c1e-7d3a-4c55-9a51-1f2e3d4c5b6a";
  private static final String CLIENT = "11111111-2222-4333-8444-555555555555";
  private static final ClientKeyMetadata METADATA =
      new ClientKeyMetadata(UUID.fromString(CLUSTER), UUID.fromString(CLIENT));
  private static final int SECONDS = 20;

  /** 32,000 packets each way, a second: from here on more of them make the next no faster. */
  private static final int BATCHES = 1000;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final SecureRandom random = new SecureRandom();
  private final RehearsalAuthority authority = new RehearsalAuthority();
  private final TlsCryptV2ServerKey wrapKey = TlsCryptV2ServerKey.random(random);
  private final KeyPair key = RehearsalAuthority.keys();
  private final byte[] certificate;
  private final String serial;
  private final Path folder;

  /**
   * @param folder is made, and left behind
   */
  public Rehearsal(Path folder) {
    this.folder = folder;
    var holder = authority.certificate("client", METADATA.uri(), key);
    certificate = RehearsalAuthority.der(holder);
    serial = holder.getSerialNumber().toString(16);
  }

  /**
   * Returns when the client is connected.
   *
   * @return the options that it was pushed
   */
  public List<String> run() throws IOException, ConfigException, InterruptedException {
    int port = freePort();
    try (RehearsalApi api =
        new RehearsalApi(authority, "urn:ovenbird:" + CLUSTER + ":instance:" + NAME + ":0")) {
      Path account = Files.createDirectories(folder.resolve("account"));
      Files.writeString(account.resolve("token"), NAME);
      Files.writeString(account.resolve("ca.crt"), authorityPem());
      ClusterSource source = ClusterSource.open(environment(api.address(), account), List::of);
      fill(api, port);
      source.takeOver();
      source.start();
      source.awaitFiles();
      return connect(ConfigFile.read(source.config()));
    }
  }

  /**
   * The same of an agent of local mode, whose files others write: no part of the way to an API
   * server gets into its AOT cache, which would take memory.
   */
  public List<String> runFromFiles() throws IOException, ConfigException, InterruptedException {
    KeyPair server = RehearsalAuthority.keys();
    String uri = "urn:ovenbird:" + CLUSTER + ":instance:" + NAME + ":0";
    byte[] chain = RehearsalAuthority.der(authority.certificate(NAME, uri, server));
    Path state = Files.createDirectories(state());
    Files.writeString(
        state.resolve("tls.pem"),
        Pem.block("CERTIFICATE", chain)
            + Pem.block("PRIVATE KEY", server.getPrivate().getEncoded()));
    Files.writeString(state.resolve("client-cas.pem"), authorityPem());
    Files.writeString(state.resolve("tls-crypt-v2.keys"), wrapKey.toPem());
    Files.writeString(state.resolve("roster.json"), json(roster()));
    Path config = state.resolve("instance.json");
    Files.writeString(config, json(config(NAME, freePort())));
    return connect(ConfigFile.read(config));
  }

  /** One number for UDP and TCP. */
  private static int freePort() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    while (true) {
      try (DatagramSocket udp = new DatagramSocket(0, loopback);
          ServerSocket tcp = new ServerSocket(udp.getLocalPort(), 1, loopback)) {
        return tcp.getLocalPort();
      } catch (BindException e) {
        LOG.debug("The number of a UDP port is taken for TCP", e);
      }
    }
  }

  private String authorityPem() {
    return Pem.block("CERTIFICATE", RehearsalAuthority.der(authority.certificate()));
  }

  private Path state() {
    return folder.resolve("state");
  }

  private ClusterEnvironment environment(String api, Path account) {
    return new ClusterEnvironment(
        NAME,
        "127.0.0.1",
        NAME,
        CLUSTER,
        NAME,
        0,
        "config",
        "roster-",
        1,
        "keys",
        "instance",
        state(),
        folder.resolve("control.sock"),
        api,
        account);
  }

  private Roster roster() {
    return new Roster(
        CLUSTER,
        1,
        System.currentTimeMillis() / 1000,
        List.of(
            new Roster.Entry(CLIENT, NAME, List.of(serial), List.of("10.88.0.2"), false, null)));
  }

  private void fill(RehearsalApi api, int port) throws JsonProcessingException {
    String config = json(config(InstanceConfig.NODE, port));
    api.put("v1", "ConfigMap", "config", Map.of("data", Map.of("instance.json", config)));
    api.put("v1", "ConfigMap", "roster-0", Map.of("data", Map.of("roster.json", json(roster()))));
    api.put(
        "v1",
        "Secret",
        "keys",
        Map.of(
            "data",
            Map.of(
                "tls-crypt-v2.keys", base64(wrapKey.toPem()),
                "client-cas.pem", base64(authorityPem()),
                "cross.pem", "")));
    api.put(
        "ovenbird.dev/v1alpha1",
        "VpnInstance",
        "instance",
        Map.of(
            "spec",
            Map.of(
                "clusterRef",
                Map.of("name", NAME, "namespace", NAME),
                "nodeName",
                NAME,
                "lane",
                0,
                "mode",
                "Serve")));
  }

  private static String json(Object value) throws JsonProcessingException {
    return JSON.writeValueAsString(value);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }

  private InstanceConfig config(String node, int port) {
    return new InstanceConfig(
        NAME,
        NAME,
        CLUSTER,
        node,
        0,
        "ovbrehearsal",
        new InstanceConfig.Network("10.88.0.0/16", "10.88.0.1", null, null, 1500),
        List.of(
            new InstanceConfig.Listener(
                "udp", InstanceConfig.Protocol.UDP, port, List.of("127.0.0.1")),
            new InstanceConfig.Listener(
                "tcp", InstanceConfig.Protocol.TCP, port, List.of("127.0.0.1"))),
        new InstanceConfig.Push(
            List.of("10.96.0.0/16"), List.of(), List.of(), InstanceConfig.DefaultRoute.None),
        List.of("10.96.0.0/16"),
        InstanceConfig.ClientToClient.Deny,
        InstanceConfig.Egress.Masquerade,
        new InstanceConfig.Tls(
            "VersionTLS12", List.of("AES-256-GCM", "CHACHA20-POLY1305"), 3600, NAME),
        new InstanceConfig.Keepalive(8, 24),
        new InstanceConfig.Limits(10, 86_400),
        new InstanceConfig.Files(
            state() + "/tls.pem",
            state() + "/tls.pem",
            state() + "/client-cas.pem",
            state() + "/tls-crypt-v2.keys",
            state() + "/roster.json"),
        null,
        null,
        null,
        null);
  }

  private List<String> connect(InstanceConfig config)
      throws ConfigException, IOException, InterruptedException {
    Path store = folder.resolve("store").resolve("sessions");
    InProcessTun tun = new InProcessTun(1500, RehearsalTraffic.QUEUE);
    try (OvenbirdServer server = serve(config, store, tun);
        OvenbirdClient client =
            OvenbirdClient.connect(
                new ClientSettings(
                    new InetSocketAddress("127.0.0.1", server.port("udp")),
                    ClientConfig.of(clientKey(), tls(), Transport.UDP, true)))) {
      List<String> pushed = client.connected().get(SECONDS, TimeUnit.SECONDS);
      new RehearsalTraffic(client.tun(), tun).flow(BATCHES);
      comeBack(store);
      return pushed;
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the client of the rehearsal does not connect", e);
    }
  }

  /**
   * As after a crash, when every millisecond counts: by a copy of the session store, which is
   * forbidden for any other key than a rehearsal's.
   */
  private void comeBack(Path store) throws ConfigException, IOException {
    Path copy = Files.createDirectories(folder.resolve("next")).resolve("sessions");
    Files.copy(store, copy, StandardCopyOption.COPY_ATTRIBUTES);
    try (OvenbirdServer next = serve(config(NAME, freePort()), copy, new InProcessTun(1500, 1))) {
      if (next.sessions().size() != 1) {
        throw new IllegalStateException("the session of the rehearsal is not restored");
      }
    }
    // Of the kernel's side what needs no right and changes nothing.
    try (RouteNetlink netlink = RouteNetlink.open();
        RouteWatch watch = RouteWatch.open()) {
      netlink.routes();
      watch.read((route, present) -> {});
    }
  }

  private OvenbirdServer serve(InstanceConfig config, Path store, InProcessTun tun)
      throws ConfigException {
    Credentials credentials = Credentials.read(config.files());
    SettingsMapping mapping =
        new SettingsMapping(
            random,
            AeadChoice.best(),
            new CountingMetrics(),
            FdStore.NONE,
            SessionStoreSetting.OFF,
            ReceiveIntervalSetting.AUTOMATIC);
    RosterAdmission admission =
        new RosterAdmission(
            RosterIndex.read(Path.of(config.files().roster()), config),
            new PushOptions(config),
            Rehearsal::seconds);
    return OvenbirdServer.start(
        mapping
            .settings(config, credentials, mapping.tls(config, credentials), admission)
            .toBuilder()
            .tun(new TunSpec.InProcess(tun))
            .sessionStore(store)
            // Wherever an image is built: there is no secret in it that anybody keeps.
            .storeChecks(new StoreChecks(true, true, folder, state().resolve("tls-crypt-v2.keys")))
            .build());
  }

  private static long seconds() {
    return System.currentTimeMillis() / 1000;
  }

  private ClientKeyFile clientKey() {
    StaticKey own = StaticKey.random(random);
    return new ClientKeyFile(own, WrappedClientKey.wrap(wrapKey, own, METADATA.bytes()));
  }

  private BcTlsClientEngineFactory tls() {
    return new BcTlsClientEngineFactory(
        random,
        Rehearsal::seconds,
        new TlsIdentity(List.of(certificate), key.getPrivate().getEncoded()),
        List.of(RehearsalAuthority.der(authority.certificate())),
        NAME,
        TlsVersion.TLS12,
        TlsVersion.TLS13);
  }
}

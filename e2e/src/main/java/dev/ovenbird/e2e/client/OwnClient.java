package dev.ovenbird.e2e.client;

import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Scope;
import dev.ovenbird.protocol.data.DataCipher;
import dev.ovenbird.protocol.data.JdkAeadProvider;
import dev.ovenbird.protocol.session.ClientConfig;
import dev.ovenbird.protocol.tls.BcTlsClientEngineFactory;
import dev.ovenbird.protocol.tls.TlsVersion;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.ClientWrap;
import dev.ovenbird.protocol.wrap.KeyFormatException;
import dev.ovenbird.protocol.wrap.StaticKey;
import dev.ovenbird.protocol.wrap.StaticWrap;
import dev.ovenbird.protocol.wrap.TlsAuth;
import dev.ovenbird.server.ClientSettings;
import dev.ovenbird.server.OvenbirdClient;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Our client role with a profile: in this process, its socket in a namespace, packets in and out by
 * hand.
 */
public final class OwnClient implements TunnelClient {
  private static final Duration ANSWER = Duration.ofSeconds(1);

  /** An agent that was killed may be back after two seconds, on a busy machine. */
  private static final int TRIES = 6;

  private final OvenbirdClient client;
  private List<String> pushed = List.of();
  private int sequence;

  private OwnClient(OvenbirdClient client) {
    this.client = client;
  }

  /** Begins to connect to the profile's first remote. */
  public static OwnClient start(Scope scope, Namespace namespace, Profile profile) {
    Profile.Remote remote = profile.remotes().getFirst();
    try {
      InetSocketAddress server =
          new InetSocketAddress(InetAddress.getByName(remote.host()), remote.port());
      ClientSettings settings = new ClientSettings(server, config(profile, remote, server));
      return scope.add(new OwnClient(namespace.call(() -> OvenbirdClient.connect(settings))));
    } catch (UnknownHostException | KeyFormatException e) {
      throw new IllegalArgumentException("profile for " + remote + ": " + e.getMessage(), e);
    }
  }

  private static ClientConfig config(
      Profile profile, Profile.Remote remote, InetSocketAddress server) throws KeyFormatException {
    SecureRandom random = new SecureRandom();
    var tls =
        new BcTlsClientEngineFactory(
            random,
            () -> System.currentTimeMillis() / 1000,
            profile.identity(),
            profile.trust(),
            profile.value("verify-x509-name").map(text -> text.split(" ")[0]).orElse(null),
            version(profile.value("tls-version-min").orElse("1.2")),
            version(profile.value("tls-version-max").orElse("1.3")));
    return new ClientConfig(
        wrap(profile),
        tls,
        new JdkAeadProvider(),
        ciphers(profile),
        remote.protocol().startsWith("udp") ? Transport.UDP : Transport.TCP,
        server.getAddress() instanceof Inet4Address,
        Long.MAX_VALUE,
        TimeUnit.SECONDS.toNanos(30),
        TimeUnit.HOURS.toNanos(1),
        ClientConfig.Features.CURRENT);
  }

  private static ClientWrap wrap(Profile profile) throws KeyFormatException {
    if (profile.has("tls-crypt-v2")) {
      return ClientKeyFile.parse(profile.block("tls-crypt-v2"));
    }
    if (profile.has("tls-crypt")) {
      return new StaticWrap.Crypt(StaticKey.parse(profile.block("tls-crypt")));
    }
    TlsAuth.Digest digest =
        profile.value("auth").equals(Optional.of("SHA256"))
            ? TlsAuth.Digest.SHA256
            : TlsAuth.Digest.SHA1;
    return new StaticWrap.Auth(
        StaticKey.parse(profile.block("tls-auth")),
        digest,
        profile.value("key-direction").isPresent());
  }

  private static List<DataCipher> ciphers(Profile profile) {
    List<String> names = List.of(profile.value("data-ciphers").orElse("").split(":"));
    return List.of(DataCipher.values()).stream()
        .filter(cipher -> names.contains(cipher.openvpnName()))
        .toList();
  }

  private static TlsVersion version(String number) {
    return number.equals("1.2") ? TlsVersion.TLS12 : TlsVersion.TLS13;
  }

  @Override
  public OwnClient awaitConnected(Duration limit) {
    try {
      pushed = client.connected().get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return this;
    } catch (ExecutionException e) {
      throw new AssertionError(this + ": " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new AssertionError(this + " is not connected after " + limit.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while connecting", e);
    }
  }

  @Override
  public boolean reaches(String address) {
    try {
      InetAddress to = InetAddress.getByName(address);
      InetAddress from = InetAddress.getByName(own(to instanceof Inet4Address));
      for (int i = 0; i < TRIES; i++) {
        Echo echo = new Echo(from, to, ++sequence);
        client.tun().send(echo.request());
        long deadline = System.nanoTime() + ANSWER.toNanos();
        while (System.nanoTime() < deadline) {
          byte[] packet = client.tun().receive(Duration.ofNanos(deadline - System.nanoTime()));
          if (packet != null && echo.isAnswer(packet)) {
            return true;
          } else if (packet != null && !isOwn(packet)) {
            throw new AssertionError(this + " was given another client's packet");
          }
        }
      }
      return false;
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + address, e);
    }
  }

  /** Whether a packet is for this client: a stock server's TUN has multicasts for everybody. */
  private boolean isOwn(byte[] packet) throws UnknownHostException {
    boolean ipv4 = packet[0] >> 4 == 4;
    int at = ipv4 ? 16 : 24;
    InetAddress target =
        InetAddress.getByAddress(Arrays.copyOfRange(packet, at, at + (ipv4 ? 4 : 16)));
    return target.isMulticastAddress() || target.equals(InetAddress.getByName(own(ipv4)));
  }

  /**
   * Waits for its end, and returns the reason.
   *
   * @throws AssertionError if it goes on for so long
   */
  public String awaitClosed(Duration limit) {
    try {
      return client.closed().get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError(this + " has not ended after " + limit.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the end", e);
    }
  }

  /** Whether the session that it connected with is not over. */
  public boolean isConnected() {
    return client.connected().isDone() && !client.closed().isDone();
  }

  /** Its own address in the tunnel, as pushed. */
  private String own(boolean ipv4) {
    return pushed(ipv4 ? "ifconfig" : "ifconfig-ipv6")
        .map(value -> value.split("[ /]")[0])
        .orElseThrow(() -> new AssertionError("no tunnel address in " + pushed));
  }

  private Optional<String> pushed(String name) {
    return pushed.stream()
        .filter(option -> option.startsWith(name + " "))
        .map(option -> option.substring(name.length() + 1))
        .findFirst();
  }

  @Override
  public Optional<String> tlsVersion() {
    return Optional.empty();
  }

  @Override
  public Optional<String> cipher() {
    return pushed("cipher");
  }

  @Override
  public String tail() {
    return this
        + "\npushed: "
        + String.join(", ", pushed)
        + "\nclosed: "
        + client.closed().getNow("no");
  }

  @Override
  public void close() {
    client.close();
  }

  @Override
  public String toString() {
    return client.toString();
  }
}

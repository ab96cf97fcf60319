package dev.ovenbird.e2e.client;

import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Stock openvpn as server: to prove the harness, to compare with, and for our client. */
public final class StockServer implements AutoCloseable {
  /** Its gateway address in the tunnel. */
  public static final String GATEWAY_IPV4 = "10.89.0.1";

  private final LoggedProcess process;
  private final Setup setup;
  private final String clientMaterial;

  /**
   * What may differ.
   *
   * @param program openvpn itself
   * @param tcp whether it listens on TCP, else on UDP
   * @param wrap tls-crypt-v2, tls-crypt or tls-auth
   * @param rsaBits size of the certificates' RSA keys, 0 for EC keys on P-256
   * @param dataCiphers as its directive has them
   * @param renegotiationSeconds age of a key at which the server renews it
   * @param more further lines of its configuration
   */
  public record Setup(
      Path program,
      boolean tcp,
      int port,
      String wrap,
      int rsaBits,
      String dataCiphers,
      int renegotiationSeconds,
      String more) {
    /** As near to our server as it gets. */
    public static Setup standard(int port) {
      return new Setup(
          Path.of("openvpn"),
          false,
          port,
          "tls-crypt-v2",
          0,
          "AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305",
          3600,
          "");
    }

    /** With certificates of other keys, and further lines. */
    public Setup with(int otherRsaBits, String lines) {
      return new Setup(
          program, tcp, port, wrap, otherRsaBits, dataCiphers, renegotiationSeconds, lines);
    }

    /** Of another binary. */
    public Setup with(Path other) {
      return new Setup(other, tcp, port, wrap, rsaBits, dataCiphers, renegotiationSeconds, more);
    }
  }

  private StockServer(LoggedProcess process, Setup setup, String clientMaterial) {
    this.process = process;
    this.setup = setup;
    this.clientMaterial = clientMaterial;
  }

  /**
   * Starts it on a UDP port of the namespace's IPv4 and IPv6 addresses; files go to {@code dir}.
   */
  public static StockServer start(Scope scope, Namespace where, Path dir, int port) {
    return start(scope, where, dir, Setup.standard(port));
  }

  /** The same with another setup. */
  public static StockServer start(Scope scope, Namespace where, Path dir, Setup setup) {
    StockPki pki = new StockPki(setup.rsaBits());
    StockPki.Identity identity = pki.server("stock-server");
    StockPki.Identity client = pki.client("stock-client", "");
    WrapKeys keys = WrapKeys.make(dir, setup.wrap());
    String config =
        """
        dev tun-stock
        dev-type tun
        proto %s
        port %d
        server 10.89.0.0 255.255.0.0
        server-ipv6 fd00:89::/64
        topology subnet
        dh none
        keepalive 8 24
        auth SHA256
        data-ciphers %s
        reneg-sec %d
        push "route 10.96.0.0 255.240.0.0"
        push "route-ipv6 fd00:96::/64"
        push "explicit-exit-notify 1"
        verb 3
        """
                .formatted(
                    setup.tcp() ? "tcp6-server" : "udp6",
                    setup.port(),
                    setup.dataCiphers(),
                    setup.renegotiationSeconds())
            + setup.more()
            + material(pki, identity)
            + keys.server();
    Path file = dir.resolve("stock-server.conf");
    write(file, config);
    LoggedProcess process =
        scope.add(
            where.start(
                "stock server", Map.of(), setup.program().toString(), "--config", file.toString()));
    StockServer server = new StockServer(process, setup, material(pki, client) + keys.client());
    process.await("Initialization Sequence Completed", Duration.ofSeconds(20));
    where.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    return server;
  }

  /** A profile for it. */
  public Profile profile() {
    return new Profile(
        String.join(
            "\n",
            List.of(
                "client",
                "dev tun",
                "nobind",
                "persist-tun",
                new Profile.Remote(Lab.SERVER_IPV4, setup.port(), setup.tcp() ? "tcp" : "udp")
                    .toString(),
                "server-poll-timeout 4",
                "hand-window 20",
                "remote-cert-tls server",
                "auth SHA256",
                "data-ciphers " + setup.dataCiphers(),
                "verb 3",
                clientMaterial)));
  }

  public LoggedProcess log() {
    return process;
  }

  private static String material(StockPki pki, StockPki.Identity identity) {
    return WrapKeys.block("ca", pki.certificate())
        + WrapKeys.block("cert", identity.certificate())
        + WrapKeys.block("key", identity.privateKey());
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}

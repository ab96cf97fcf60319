package dev.ovenbird.e2e.client;

import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Command;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Stock openvpn as server, set up as near to ours as it gets (EC certificates, tls-crypt-v2,
 * AES-256-GCM), to prove the harness and to compare with.
 */
public final class StockServer implements AutoCloseable {
  /** Its gateway address in the tunnel. */
  public static final String GATEWAY_IPV4 = "10.89.0.1";

  private final LoggedProcess process;
  private final String clientMaterial;

  private StockServer(LoggedProcess process, String clientMaterial) {
    this.process = process;
    this.clientMaterial = clientMaterial;
  }

  /**
   * Starts it on a UDP port of the namespace's IPv4 and IPv6 addresses; files go to {@code dir}.
   */
  public static StockServer start(Scope scope, Namespace where, Path dir, int port) {
    StockPki pki = new StockPki();
    StockPki.Identity identity = pki.server("stock-server");
    StockPki.Identity client = pki.client("stock-client", "");
    Path serverKey = dir.resolve("tls-crypt-v2-server.pem");
    Path clientKey = dir.resolve("tls-crypt-v2-client.pem");
    Command.run("openvpn", "--genkey", "tls-crypt-v2-server", serverKey.toString());
    Command.run(
        "openvpn",
        "--tls-crypt-v2",
        serverKey.toString(),
        "--genkey",
        "tls-crypt-v2-client",
        clientKey.toString());
    String config =
        """
        dev tun-stock
        dev-type tun
        proto udp6
        port %d
        server 10.89.0.0 255.255.0.0
        server-ipv6 fd00:89::/64
        topology subnet
        dh none
        keepalive 8 24
        data-ciphers AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305
        push "route 10.96.0.0 255.240.0.0"
        push "route-ipv6 fd00:96::/64"
        push "explicit-exit-notify 1"
        verb 3
        """
                .formatted(port)
            + material(pki, identity, read(serverKey));
    Path file = dir.resolve("stock-server.conf");
    write(file, config);
    LoggedProcess process =
        scope.add(where.start("stock server", Map.of(), "openvpn", "--config", file.toString()));
    StockServer server = new StockServer(process, material(pki, client, read(clientKey)));
    process.await("Initialization Sequence Completed", Duration.ofSeconds(20));
    where.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    return server;
  }

  /** A profile for it. */
  public Profile profile(int port) {
    return new Profile(
        String.join(
            "\n",
            List.of(
                "client",
                "dev tun",
                "nobind",
                "persist-tun",
                "remote " + Lab.SERVER_IPV4 + " " + port + " udp",
                "server-poll-timeout 4",
                "hand-window 20",
                "remote-cert-tls server",
                "auth SHA256",
                "data-ciphers AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305",
                "verb 3",
                clientMaterial)));
  }

  public LoggedProcess log() {
    return process;
  }

  private static String material(StockPki pki, StockPki.Identity identity, String wrapKey) {
    return block("ca", pki.certificate())
        + block("cert", identity.certificate())
        + block("key", identity.privateKey())
        + block("tls-crypt-v2", wrapKey);
  }

  private static String block(String name, String content) {
    return "<" + name + ">\n" + content.strip() + "\n</" + name + ">\n";
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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

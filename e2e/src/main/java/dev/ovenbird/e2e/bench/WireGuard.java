package dev.ovenbird.e2e.bench;

import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Await;
import dev.ovenbird.e2e.process.LoggedProcess;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.XECPrivateKey;
import java.security.interfaces.XECPublicKey;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * Two wireguard-go processes as server and client, set up by their Unix sockets ("Cross-platform
 * Userspace Implementation" of wireguard.com).
 */
record WireGuard(long server, long client) {
  /** The client in the tunnel. */
  static final String CLIENT = "10.90.0.2";

  private static final String SERVER = "10.90.0.1";
  private static final int PORT = 51820;
  private static final Path SOCKETS = Path.of("/var/run/wireguard");
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int KEY_BYTES = 32;

  /** The program, if the launcher has built it. */
  static Optional<Path> program() {
    String path = System.getenv().getOrDefault("OVENBIRD_WIREGUARD_GO", "");
    return path.isEmpty() ? Optional.empty() : Optional.of(Path.of(path)).filter(Files::exists);
  }

  /**
   * Starts both and brings the tunnel up.
   *
   * @param queue length of the TUN's queue in packets; 0 = as it is
   */
  static WireGuard start(Scope scope, Lab lab, int queue) {
    KeyPair serverKey = newKey();
    KeyPair clientKey = newKey();
    // The socket's name is the interface's, and all namespaces share the folder.
    String unique = Long.toString(ProcessHandle.current().pid(), Character.MAX_RADIX);
    LoggedProcess server =
        side(
            scope,
            lab.server(),
            "obs" + unique + queue,
            SERVER,
            queue,
            """
            set=1
            private_key=%s
            listen_port=%d
            public_key=%s
            allowed_ip=%s/32

            """
                .formatted(secret(serverKey), PORT, open(clientKey), CLIENT));
    lab.server().run("sysctl", "-qw", "net.ipv4.ip_forward=1");
    LoggedProcess client =
        side(
            scope,
            lab.client(0),
            "obc" + unique + queue,
            CLIENT,
            queue,
            """
            set=1
            private_key=%s
            public_key=%s
            endpoint=%s:%d
            allowed_ip=0.0.0.0/0

            """
                .formatted(secret(clientKey), open(serverKey), Lab.SERVER_IPV4, PORT));
    lab.client(0).ip("route", "add", "10.96.0.0/12", "dev", "obc" + unique + queue);
    return new WireGuard(server.pid(), client.pid());
  }

  private static LoggedProcess side(
      Scope scope, Namespace at, String name, String address, int queue, String settings) {
    Path program = program().orElseThrow();
    LoggedProcess process =
        scope.add(
            at.start(
                "wireguard-go " + name,
                Map.of("WG_PROCESS_FOREGROUND", "1", "LOG_LEVEL", "error"),
                program.toString(),
                "-f",
                name));
    Path socket = SOCKETS.resolve(name + ".sock");
    Await.until("the socket of " + name, LIMIT, () -> socket, Files::exists);
    configure(socket, settings);
    at.ip("addr", "add", address + "/24", "dev", name);
    if (queue > 0) {
      at.ip("link", "set", name, "txqueuelen", Integer.toString(queue));
    }
    at.ip("link", "set", name, "up");
    return process;
  }

  private static void configure(Path socket, String settings) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      channel.write(ByteBuffer.wrap(settings.getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer answer = ByteBuffer.allocate(256);
      channel.read(answer);
      String text = new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
      if (!text.startsWith("errno=0\n")) {
        throw new IllegalStateException("wireguard-go refuses its settings: " + text.strip());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static KeyPair newKey() {
    try {
      return KeyPairGenerator.getInstance("X25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String secret(KeyPair pair) {
    return HexFormat.of().formatHex(((XECPrivateKey) pair.getPrivate()).getScalar().orElseThrow());
  }

  /** The coordinate in RFC 7748's byte order. */
  private static String open(KeyPair pair) {
    BigInteger coordinate = ((XECPublicKey) pair.getPublic()).getU();
    byte[] bytes = new byte[KEY_BYTES];
    for (int i = 0; i < KEY_BYTES; i++) {
      bytes[i] = coordinate.shiftRight(8 * i).byteValue();
    }
    return HexFormat.of().formatHex(bytes);
  }
}

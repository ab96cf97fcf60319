package dev.ovenbird.e2e.client;

import dev.ovenbird.e2e.process.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Keys around the control channel, made by stock openvpn.
 *
 * @param server what the server's configuration gets
 * @param client what the client's profile gets
 */
record WrapKeys(String server, String client) {
  /** Makes keys of a kind: tls-crypt-v2, tls-crypt or tls-auth. */
  static WrapKeys make(Path dir, String kind) {
    Path key = dir.resolve("wrap-server.pem");
    if (!kind.equals("tls-crypt-v2")) {
      Command.run("openvpn", "--genkey", "secret", key.toString());
      String block = block(kind, read(key));
      boolean directed = kind.equals("tls-auth");
      return new WrapKeys(
          block + (directed ? "key-direction 0\n" : ""),
          block + (directed ? "key-direction 1\n" : ""));
    }
    Path client = dir.resolve("wrap-client.pem");
    Command.run("openvpn", "--genkey", "tls-crypt-v2-server", key.toString());
    Command.run(
        "openvpn",
        "--tls-crypt-v2",
        key.toString(),
        "--genkey",
        "tls-crypt-v2-client",
        client.toString());
    return new WrapKeys(block(kind, read(key)), block(kind, read(client)));
  }

  static String block(String name, String content) {
    return "<" + name + ">\n" + content.strip() + "\n</" + name + ">\n";
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.ovenbird.operator.local;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.UnaryOperator;

/** {@code DIR/control.sock}: takes one line, answers one. Root's alone, as its folder is. */
final class ControlServer implements AutoCloseable {
  private static final int MAX_REQUEST = 256;

  private final Path path;
  private final ServerSocketChannel server;
  private final UnaryOperator<String> answer;

  private ControlServer(Path path, ServerSocketChannel server, UnaryOperator<String> answer) {
    this.path = path;
    this.server = server;
    this.answer = answer;
  }

  /** Listens; the folder's lock says that whoever listened there before is gone. */
  static ControlServer open(Path path, UnaryOperator<String> answer) throws LocalException {
    try {
      Files.deleteIfExists(path);
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(UnixDomainSocketAddress.of(path));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      ControlServer control = new ControlServer(path, server, answer);
      Thread.ofPlatform().daemon().name("control").start(control::accept);
      return control;
    } catch (IOException e) {
      throw LocalException.of(path, e);
    }
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private void serve(SocketChannel client) {
    try (client) {
      String line = answer.apply(UnixSocketClient.readLine(client, MAX_REQUEST).strip());
      ByteBuffer out = StandardCharsets.UTF_8.encode(line + "\n");
      while (out.hasRemaining()) {
        client.write(out);
      }
    } catch (IOException e) {
      return; // The asker went away.
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      return; // The next start removes it.
    }
  }
}

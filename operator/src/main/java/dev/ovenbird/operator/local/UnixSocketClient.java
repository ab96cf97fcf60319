package dev.ovenbird.operator.local;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** One request line to a Unix socket, one answer line. */
final class UnixSocketClient {
  private static final int MAX_ANSWER = 4 << 20;

  private UnixSocketClient() {}

  /**
   * Asks and waits for the answer; the caller bounds the wait by interrupting.
   *
   * @throws IOException if nobody listens, or the other side ends before its line does
   */
  static String ask(Path socket, String request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      ByteBuffer out = StandardCharsets.UTF_8.encode(request + "\n");
      while (out.hasRemaining()) {
        channel.write(out);
      }
      return readLine(channel, MAX_ANSWER);
    }
  }

  static String readLine(SocketChannel channel, int limit) throws IOException {
    ByteBuffer line = ByteBuffer.allocate(1024);
    while (true) {
      int from = line.position();
      if (channel.read(line) < 0) {
        throw new IOException("the other side hung up");
      }
      for (int i = from; i < line.position(); i++) {
        if (line.get(i) == '\n') {
          return new String(line.array(), 0, i, StandardCharsets.UTF_8);
        }
      }
      if (line.position() >= limit) {
        throw new IOException("line longer than " + limit + " bytes");
      }
      if (!line.hasRemaining()) {
        line = ByteBuffer.allocate(line.capacity() * 2).put(line.flip());
      }
    }
  }
}

package dev.ovenbird.app.control;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Unix socket for root alone: one request a line, one answer a line. Requests: {@code status},
 * {@code drain}, {@code serve}, {@code stop}, {@code retire}; answers: JSON, {@code ok}, or {@code
 * error: …}.
 */
public final class ControlSocket implements AutoCloseable {
  static final int MAX_LINE = 256;
  static final int MAX_CLIENTS = 16;

  private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);

  private final Path path;
  private final ServerSocketChannel server;
  private final ControlActions actions;
  private final Semaphore places = new Semaphore(MAX_CLIENTS);

  private ControlSocket(Path path, ServerSocketChannel server, ControlActions actions) {
    this.path = path;
    this.server = server;
    this.actions = actions;
  }

  /**
   * Listens at the path; what a dead predecessor left there goes.
   *
   * @throws IOException with words for a person, also if a live agent answers there
   */
  public static ControlSocket open(Path path, ControlActions actions) throws IOException {
    removeStale(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      // Between bind and chmod others lack the write permission that connecting takes (umask 022).
      server.bind(UnixDomainSocketAddress.of(path));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      server.close();
      throw new IOException("cannot listen there: " + e.getMessage(), e);
    }
    ControlSocket socket = new ControlSocket(path, server, actions);
    Thread.ofPlatform().name("control").daemon().start(socket::accept);
    return socket;
  }

  private static void removeStale(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    boolean socket =
        Files.readAttributes(
                path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
            .isOther();
    if (!socket) {
      throw new IOException("something that is no socket is there");
    }
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      throw new IOException("another agent is running there (" + probe.getRemoteAddress() + ")");
    } catch (java.net.ConnectException e) {
      Files.deleteIfExists(path);
    } catch (java.net.SocketException e) {
      // The JDK maps ECONNREFUSED of a Unix socket to a plain SocketException.
      Files.deleteIfExists(path);
    }
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel client = server.accept();
        if (places.tryAcquire()) {
          Thread.ofVirtual().start(() -> serve(client));
        } else {
          client.close();
        }
      } catch (IOException e) {
        if (server.isOpen()) {
          LOG.atWarn().setMessage("Control socket failed").setCause(e).log();
          return;
        }
      }
    }
  }

  private void serve(SocketChannel client) {
    try (client) {
      ByteBuffer in = ByteBuffer.allocate(MAX_LINE);
      while (client.read(in) >= 0) {
        in.flip();
        for (String line = nextLine(in); line != null; line = nextLine(in)) {
          if (!answer(client, line)) {
            return;
          }
        }
        in.compact();
        if (!in.hasRemaining()) {
          write(client, "error: line longer than " + MAX_LINE + " bytes");
          return;
        }
      }
    } catch (IOException e) {
      LOG.atDebug().setMessage("Control client went away").setCause(e).log();
    } finally {
      places.release();
    }
  }

  private static @org.jspecify.annotations.Nullable String nextLine(ByteBuffer in) {
    for (int i = in.position(); i < in.limit(); i++) {
      if (in.get(i) == '\n') {
        byte[] line = new byte[i - in.position()];
        in.get(line).get();
        return new String(line, StandardCharsets.UTF_8).strip();
      }
    }
    return null;
  }

  /** Whether to go on with this client. */
  private boolean answer(SocketChannel client, String request) throws IOException {
    boolean ends = request.equals("stop") || request.equals("retire");
    String answer;
    try {
      answer = perform(request);
    } catch (RuntimeException e) {
      LOG.atError().setMessage("Request failed").addKeyValue("request", request).setCause(e).log();
      answer = "error: " + String.valueOf(e.getMessage()).replaceAll("\\R", " ");
    }
    if (!ends) {
      write(client, answer);
      return true;
    }
    try {
      write(client, answer);
    } finally {
      actions.exit();
    }
    return false;
  }

  private String perform(String request) {
    switch (request) {
      case "status" -> {
        return actions.status();
      }
      case "drain" -> actions.acceptNewSessions(false);
      case "serve" -> actions.acceptNewSessions(true);
      case "stop" -> actions.stop();
      case "retire" -> actions.retire();
      default -> {
        return "error: unknown request; there are status, drain, serve, stop, retire";
      }
    }
    return "ok";
  }

  private static void write(SocketChannel client, String line) throws IOException {
    ByteBuffer out = StandardCharsets.UTF_8.encode(line + "\n");
    while (out.hasRemaining()) {
      client.write(out);
    }
  }

  /** Stops listening and removes the file. */
  @Override
  public void close() {
    try {
      server.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.atDebug().setMessage("Control socket not removed").setCause(e).log();
    }
  }
}

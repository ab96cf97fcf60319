package dev.ovenbird.e2e.kubernetes.agent;

import dev.ovenbird.e2e.net.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Makes the API server reachable inside a namespace, on its loopback, and away when told. */
final class ApiRelay implements AutoCloseable {
  private final InetSocketAddress target;
  private final int port;
  private final Namespace namespace;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private @Nullable ServerSocket server;

  ApiRelay(Namespace namespace, String apiServer, int port) {
    URI uri = URI.create(apiServer);
    this.target = new InetSocketAddress(uri.getHost(), uri.getPort());
    this.namespace = namespace;
    this.port = port;
    connect();
  }

  int port() {
    return port;
  }

  /** The API server is there. */
  void connect() {
    ServerSocket made =
        namespace.call(
            () -> {
              ServerSocket socket = new ServerSocket();
              socket.setReuseAddress(true);
              socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
              return socket;
            });
    server = made;
    Thread.ofPlatform().daemon().name("api-relay").start(() -> accept(made));
  }

  private void accept(ServerSocket from) {
    while (!from.isClosed()) {
      try {
        Socket inside = from.accept();
        Socket outside = new Socket(target.getAddress(), target.getPort());
        open.add(inside);
        open.add(outside);
        Thread.ofVirtual().start(() -> copy(inside, outside));
        Thread.ofVirtual().start(() -> copy(outside, inside));
      } catch (IOException e) {
        continue;
      }
    }
  }

  private void copy(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      return;
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  /** Connections break and new ones are refused. */
  void disconnect() {
    try {
      if (server != null) {
        server.close();
      }
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    disconnect();
  }
}

package dev.ovenbird.e2e.kubernetes.node;

import com.sun.net.httpserver.HttpServer;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Scope;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/**
 * All that lies beyond: a web server that answers "internet CLIENT-ADDRESS", also at the address of
 * clouds' metadata services, and a name server that knows {@code example.com} with everything below
 * it.
 */
public final class Internet {
  /** The zone that the name server knows. */
  public static final String ZONE = "example.com";

  private final List<String> queries = new CopyOnWriteArrayList<>();
  private final List<String> visitors = new CopyOnWriteArrayList<>();

  private Internet() {}

  static Internet start(Scope scope, Namespace namespace) {
    Internet internet = new Internet();
    HttpServer http =
        namespace.call(() -> HttpServer.create(new InetSocketAddress("0.0.0.0", 80), 50));
    http.createContext(
        "/",
        exchange -> {
          String visitor = exchange.getRemoteAddress().getAddress().getHostAddress();
          internet.visitors.add(visitor);
          byte[] answer = ("internet " + visitor + "\n").getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    http.setExecutor(
        Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("internet-http-", 0).factory()));
    http.start();
    scope.add(() -> http.stop(0));
    DatagramSocket dns =
        scope.add(namespace.call(() -> new DatagramSocket(new InetSocketAddress("0.0.0.0", 53))));
    Thread.ofPlatform().name("internet-dns").daemon().start(() -> internet.serve(dns));
    return internet;
  }

  /** The names that the name server was asked for, with their types: "www.example.com A". */
  public List<String> queries() {
    return List.copyOf(queries);
  }

  /** The addresses that the web server was asked from. */
  public List<String> visitors() {
    return List.copyOf(visitors);
  }

  private void serve(DatagramSocket socket) {
    byte[] buffer = new byte[2048];
    while (true) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        DnsAnswer answer = DnsAnswer.to(packet.getData(), packet.getLength());
        if (answer != null) {
          queries.add(answer.question());
          byte[] bytes = answer.bytes();
          socket.send(new DatagramPacket(bytes, bytes.length, packet.getSocketAddress()));
        }
      } catch (IOException e) {
        if (socket.isClosed()) {
          return;
        }
      }
    }
  }
}

package dev.ovenbird.app.health;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** {@code /healthz}, {@code /readyz} and {@code /metrics}, for GET and HEAD. */
public final class HttpPages implements AutoCloseable {
  private static final int BACKLOG = 16;
  private static final int STOP_SECONDS = 0;

  private final HttpServer server;
  private final ExecutorService threads;

  private HttpPages(HttpServer server, ExecutorService threads) {
    this.server = server;
    this.threads = threads;
  }

  /**
   * @param alive whether the process still works at all
   * @param ready whether clients should come here
   * @param metrics Prometheus' text format
   * @throws IOException if the address cannot be bound
   */
  public static HttpPages open(
      InetSocketAddress address,
      BooleanSupplier alive,
      BooleanSupplier ready,
      Supplier<String> metrics)
      throws IOException {
    HttpServer server = HttpServer.create(address, BACKLOG);
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(threads);
    server.createContext("/healthz", exchange -> check(exchange, "/healthz", alive));
    server.createContext("/readyz", exchange -> check(exchange, "/readyz", ready));
    server.createContext(
        "/metrics",
        exchange -> {
          if (accepts(exchange, "/metrics")) {
            answer(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", metrics.get());
          }
        });
    server.createContext(
        "/", exchange -> text(exchange, 404, "there are /healthz /readyz /metrics"));
    server.start();
    return new HttpPages(server, threads);
  }

  /** Where it listens; useful if the port was 0. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  private static void check(HttpExchange exchange, String path, BooleanSupplier good)
      throws IOException {
    if (accepts(exchange, path)) {
      boolean ok = good.getAsBoolean();
      text(exchange, ok ? 200 : 503, ok ? "ok" : "not ready");
    }
  }

  /** Answers and returns false unless it is GET or HEAD of exactly this path. */
  private static boolean accepts(HttpExchange exchange, String path) throws IOException {
    if (!exchange.getRequestURI().getPath().equals(path)) {
      text(exchange, 404, "not found");
      return false;
    }
    String method = exchange.getRequestMethod();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      text(exchange, 405, "GET or HEAD");
      return false;
    }
    return true;
  }

  private static void text(HttpExchange exchange, int status, String text) throws IOException {
    answer(exchange, status, "text/plain; charset=utf-8", text + "\n");
  }

  private static void answer(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", type);
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(status, -1);
      } else {
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
      }
    }
  }

  @Override
  public void close() {
    server.stop(STOP_SECONDS);
    threads.shutdownNow();
  }
}

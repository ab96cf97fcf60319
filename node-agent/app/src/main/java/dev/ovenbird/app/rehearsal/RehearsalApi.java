package dev.ovenbird.app.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * As much of an API server as an agent talks to: it has a few objects, lets them be read and
 * watched, and signs whatever is asked. On loopback, without TLS.
 */
final class RehearsalApi implements AutoCloseable {
  private static final String REQUESTS = "certificatesigningrequests";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RehearsalAuthority authority;
  private final String uri;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Map<String, ObjectNode> objects = new ConcurrentHashMap<>();

  /**
   * @param uri what it signs certificates for
   */
  RehearsalApi(RehearsalAuthority authority, String uri) throws IOException {
    this.authority = authority;
    this.uri = uri;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  /** Its address, as an agent takes it. */
  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /**
   * Has it hold an object.
   *
   * @param body without metadata
   */
  void put(String apiVersion, String kind, String name, Map<String, Object> body) {
    ObjectNode object = JSON.valueToTree(body);
    object.put("apiVersion", apiVersion).put("kind", kind);
    object
        .putObject("metadata")
        .put("name", name)
        .put("namespace", "rehearsal")
        .put("uid", name)
        .put("resourceVersion", "1")
        .put("generation", 1);
    objects.put(name, object);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String query =
          URLDecoder.decode(
              String.valueOf(exchange.getRequestURI().getRawQuery()), StandardCharsets.UTF_8);
      String last = path.substring(path.lastIndexOf('/') + 1);
      switch (exchange.getRequestMethod()) {
        case "POST" -> send(exchange, HttpURLConnection.HTTP_CREATED, signed(exchange));
        case "PATCH" ->
            send(exchange, HttpURLConnection.HTTP_OK, JSON.readTree(exchange.getRequestBody()));
        default -> {
          if (query.contains("watch=true")) {
            watch(exchange, query.replaceAll(".*metadata\\.name=([^&]*).*", "$1"));
          } else {
            read(exchange, last);
          }
        }
      }
    }
  }

  private void read(HttpExchange exchange, String name) throws IOException {
    ObjectNode found = objects.get(name);
    send(
        exchange,
        found == null ? HttpURLConnection.HTTP_NOT_FOUND : HttpURLConnection.HTTP_OK,
        found == null ? JSON.createObjectNode().put("kind", "Status") : found);
  }

  private void watch(HttpExchange exchange, String name) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(HttpURLConnection.HTTP_OK, 0);
    OutputStream out = exchange.getResponseBody();
    ObjectNode found = objects.get(name);
    if (found != null) {
      ObjectNode event = JSON.createObjectNode().put("type", "ADDED");
      event.set("object", found);
      out.write((JSON.writeValueAsString(event) + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    }
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private ObjectNode signed(HttpExchange exchange) throws IOException {
    ObjectNode request = (ObjectNode) JSON.readTree(exchange.getRequestBody());
    String pem =
        new String(
            Base64.getDecoder().decode(request.path("spec").path("request").asText()),
            StandardCharsets.US_ASCII);
    request.withObject("/metadata").put("name", REQUESTS).put("resourceVersion", "2");
    request
        .putObject("status")
        .put(
            "certificate",
            Base64.getEncoder()
                .encodeToString(authority.answer(pem, uri).getBytes(StandardCharsets.US_ASCII)));
    objects.put(REQUESTS, request);
    return request;
  }

  private static void send(HttpExchange exchange, int status, JsonNode body) throws IOException {
    byte[] bytes = JSON.writeValueAsBytes(body);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    ended.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}

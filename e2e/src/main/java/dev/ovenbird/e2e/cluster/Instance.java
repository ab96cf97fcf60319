package dev.ovenbird.e2e.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ovenbird.e2e.net.Namespace;
import dev.ovenbird.e2e.process.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** A running instance: its process and the configuration that it was started with. */
public record Instance(Namespace namespace, long pid, JsonNode config) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The first page of metrics loads classes, on a processor that others want too. */
  private static final int PATIENCE_MILLIS = 20_000;

  private static final Duration READY = Duration.ofSeconds(30);

  /** The instance that a process of the namespace is, if its arguments name a configuration. */
  static List<Instance> of(Namespace namespace, long pid) {
    try {
      String[] arguments =
          Files.readString(Path.of("/proc", Long.toString(pid), "cmdline")).split("\0");
      if (arguments[0].endsWith("/supervisor") || isWaitingSpare(pid)) {
        return List.of();
      }
      for (String argument : arguments) {
        if (argument.endsWith(".json") && Files.isRegularFile(Path.of(argument))) {
          JsonNode config = JSON.readTree(Path.of(argument).toFile());
          if (config.has("lane") && config.has("tunName")) {
            return List.of(new Instance(namespace, pid, config));
          }
        }
      }
      return List.of();
    } catch (IOException e) {
      // The process has ended meanwhile, or its configuration is just being replaced.
      return List.of();
    }
  }

  /** Whether it is a spare agent whose turn has not come: it has no TUN. */
  private static boolean isWaitingSpare(long pid) throws IOException {
    Path process = Path.of("/proc", Long.toString(pid));
    if (!Files.readString(process.resolve("environ")).contains("\0OVENBIRD_SPARE=1\0")) {
      return false;
    }
    try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
      for (Path each : descriptors.toList()) {
        if (Files.readSymbolicLink(each).endsWith("net/tun")) {
          return false;
        }
      }
    }
    return true;
  }

  public int lane() {
    return config.path("lane").asInt();
  }

  public String tunName() {
    return config.path("tunName").asText();
  }

  /** Resident memory in bytes. */
  public long residentBytes() {
    return status("VmRSS:") * 1024;
  }

  private long status(String field) {
    try (var lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
      return lines
          .filter(line -> line.startsWith(field))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A page of its HTTP side, headers and all. */
  public String get(String path) {
    String address = config.path("httpAddress").asText();
    int colon = address.lastIndexOf(':');
    return namespace.call(
        () -> {
          try (Socket socket = new Socket()) {
            socket.connect(
                new InetSocketAddress(
                    InetAddress.getByName(address.substring(0, colon)),
                    Integer.parseInt(address.substring(colon + 1))),
                PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket
                .getOutputStream()
                .write(
                    ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
          }
        });
  }

  /** Whether it says that it serves. */
  public boolean isReady() {
    try {
      return get("/readyz").startsWith("HTTP/1.1 200");
    } catch (IllegalStateException e) {
      // Not listening yet.
      return false;
    }
  }

  /** Waits for its pages, which come after its first packets. */
  public Instance awaitReady() {
    Await.until("the instance's pages", READY, this::isReady, ready -> ready);
    return this;
  }

  /** The sum of a metric's samples whose labels contain the text. */
  public double metric(String name, String labels) {
    return get("/metrics")
        .lines()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .filter(line -> line.contains(labels))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}

package dev.ovenbird.operator.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What local mode sees of an agent: its output, exit status and control socket, and no packets. */
public final class FakeAgent {
  private FakeAgent() {}

  public static void main(String[] arguments) throws Exception {
    JsonNode config = new ObjectMapper().readTree(Path.of(arguments[1]).toFile());
    for (JsonNode listener : config.path("listeners")) {
      if (listener.path("port").asInt() == 6666) {
        System.out.println("UDP port 6666 is in use; stop what listens there");
        System.exit(3);
      }
    }
    Path socket = Path.of(config.path("controlSocket").asText());
    Files.deleteIfExists(socket);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      System.out.println("pid " + ProcessHandle.current().pid());
      while (true) {
        try (SocketChannel client = server.accept()) {
          String request = UnixSocketClient.readLine(client, 256);
          String answer = request.equals("status") ? "{\"ready\":true}" : "ok";
          client.write(ByteBuffer.wrap((answer + "\n").getBytes(StandardCharsets.UTF_8)));
          if (request.equals("retire")) {
            System.out.println("retired");
            Files.deleteIfExists(socket);
            System.exit(0);
          } else if (request.equals("die")) {
            Runtime.getRuntime().halt(137);
          }
        }
      }
    }
  }
}

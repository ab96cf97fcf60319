package dev.ovenbird.app.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ovenbird.app.Probe;
import dev.ovenbird.protocol.wire.Transport;
import dev.ovenbird.server.SessionView;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlSocketTest {
  private final BlockingQueue<String> done = new LinkedBlockingQueue<>();

  @TempDir Path folder;

  private Path path = Path.of("");

  @BeforeEach
  void name() {
    path = folder.resolve("control.sock");
  }

  private final ControlActions actions =
      new ControlActions() {
        @Override
        public String status() {
          return "{\"ready\":true}";
        }

        @Override
        public void acceptNewSessions(boolean accept) {
          done.add(accept ? "serve" : "drain");
        }

        @Override
        public void stop() {
          done.add("stop");
        }

        @Override
        public void retire() {
          throw new IllegalStateException("nft:\nno");
        }

        @Override
        public void exit() {
          done.add("exit");
        }
      };

  @AfterEach
  void gone() throws IOException {
    Files.deleteIfExists(path);
  }

  @Test
  void requests_are_answered_and_several_clients_served() throws Exception {
    try (ControlSocket _ = ControlSocket.open(path, actions);
        SocketChannel idle = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      assertThat(idle.isConnected()).isTrue();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-------");
      assertThat(Probe.ask(path, "status")).isEqualTo("{\"ready\":true}");
      assertThat(Probe.ask(path, "drain")).isEqualTo("ok");
      assertThat(Probe.ask(path, "serve")).isEqualTo("ok");
      assertThat(Probe.ask(path, "dance")).startsWith("error: unknown request");
      assertThat(Probe.ask(path, "stop")).isEqualTo("ok");
      assertThat(List.of(done.take(), done.take(), done.take(), done.take()))
          .containsExactly("drain", "serve", "stop", "exit");
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void a_failure_is_one_line_and_the_process_ends_all_the_same() throws Exception {
    try (ControlSocket _ = ControlSocket.open(path, actions)) {
      assertThat(Probe.ask(path, "retire")).isEqualTo("error: nft: no");
      assertThat(done.take()).isEqualTo("exit");
    }
  }

  @Test
  void requests_may_come_together_and_a_long_line_ends_the_connection() throws Exception {
    try (ControlSocket _ = ControlSocket.open(path, actions);
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      String requests = "drain\nstatus\n" + "x".repeat(ControlSocket.MAX_LINE);
      client.write(ByteBuffer.wrap(requests.getBytes(StandardCharsets.UTF_8)));
      String answers =
          new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answers).isEqualTo("ok\n{\"ready\":true}\nerror: line longer than 256 bytes\n");
    }
  }

  @Test
  void what_a_dead_agent_left_is_replaced_and_a_live_one_is_not() throws Exception {
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();
    try (ControlSocket _ = ControlSocket.open(path, actions)) {
      assertThatThrownBy(() -> ControlSocket.open(path, actions))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another agent is running");
      assertThat(Probe.ask(path, "status")).contains("true");
    }
  }

  @Test
  void a_file_that_is_no_socket_is_left_alone() throws Exception {
    Files.writeString(path, "precious");
    assertThatThrownBy(() -> ControlSocket.open(path, actions)).hasMessageContaining("no socket");
    assertThat(path).hasContent("precious");
  }

  @Test
  void the_status_line_is_json_whatever_names_hold() throws Exception {
    SessionView session =
        new SessionView(
            "uid",
            "alice",
            List.of("10.88.0.10", "fd00:88::a"),
            Transport.UDP,
            "192.0.2.1:40000",
            "udp",
            "AES-256-GCM",
            Instant.EPOCH,
            1,
            2);
    String line =
        StatusLine.of(true, true, "tun\"0", 1, List.of(session, session), id -> "al\nice");
    assertThat(line).doesNotContain("\n");
    assertThat(new com.fasterxml.jackson.databind.ObjectMapper().readTree(line))
        .hasToString(
            "{\"ready\":true,\"accepting\":true,\"tun\":\"tun\\\"0\",\"lane\":1,\"sessions\":["
                + view()
                + ","
                + view()
                + "]}");
  }

  private static String view() {
    return "{\"clientId\":\"uid\",\"name\":\"al\\nice\",\"addresses\":[\"10.88.0.10\","
        + "\"fd00:88::a\"],\"since\":\"1970-01-01T00:00:00Z\",\"from\":\"192.0.2.1:40000\","
        + "\"transport\":\"UDP\",\"listener\":\"udp\",\"cipher\":\"AES-256-GCM\","
        + "\"bytesIn\":1,\"bytesOut\":2}";
  }
}

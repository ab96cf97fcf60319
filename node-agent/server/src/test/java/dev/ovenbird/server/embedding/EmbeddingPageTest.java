package dev.ovenbird.server.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.server.OvenbirdServer;
import dev.ovenbird.server.TunSpec;
import dev.ovenbird.server.tun.InProcessTun;
import dev.ovenbird.testkit.TestPki;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs of docs/embedding.md do what the page says, without root. */
@Timeout(60)
class EmbeddingPageTest {
  private static final int MOST_LINES = 30;
  private static final Path ROOT = Path.of("../..");
  private static final Path HERE =
      Path.of("src/test/java/dev/ovenbird/server/embedding").toAbsolutePath();
  private static final byte[] ALICE = {10, 88, 0, 2};
  private static final byte[] SERVICE = {10, 96, 0, 9};

  private final TestPki pki = new TestPki(new SecureRandom(), System.currentTimeMillis() / 1000);

  @ParameterizedTest
  @ValueSource(strings = {"EmbeddedServer", "EmbeddedClient"})
  void the_page_shows_the_program_and_it_is_short(String name) throws IOException {
    String source = Files.readString(HERE.resolve(name + ".java"));
    String program = source.substring(source.indexOf("\nrecord ") + 1);
    assertThat(program.lines().count()).isLessThanOrEqualTo(MOST_LINES);
    assertThat(Files.readString(ROOT.resolve("docs/embedding.md")))
        .contains(source.substring(source.indexOf("import ")));
  }

  @Test
  void two_servers_and_their_clients_run_in_one_jvm() throws Exception {
    InProcessTun firstTun = new InProcessTun(1500, 64);
    InProcessTun secondTun = new InProcessTun(1500, 64);
    try (OvenbirdServer first = server(firstTun);
        OvenbirdServer second = server(secondTun)) {
      assertThat(askThrough(first, firstTun, "one")).isEqualTo("one");
      assertThat(askThrough(second, secondTun, "two")).isEqualTo("two");
      assertThat(first.isReady()).isTrue();
      assertThat(second.isReady()).isTrue();
    }
  }

  private OvenbirdServer server(InProcessTun tun) {
    return new EmbeddedServer(ALICE)
        .start(pki.server("server"), pki.anchors(), pki.serverKey(), new TunSpec.InProcess(tun));
  }

  /** Asks with a program behind the server's TUN that answers each packet with its content. */
  private String askThrough(OvenbirdServer server, InProcessTun tun, String text) throws Exception {
    CompletableFuture<Boolean> answered =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                byte[] came = Objects.requireNonNull(tun.receive(Duration.ofSeconds(30)));
                return tun.send(udp(SERVICE, ALICE, payload(came)));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    ClientKeyFile key = pki.clientKey("alice");
    byte[] answer =
        new EmbeddedClient(pki.client("alice"), pki.anchors(), key)
            .ask(new InetSocketAddress("127.0.0.1", server.port("udp")), udp(ALICE, SERVICE, text));
    assertThat(answered.join()).isTrue();
    return payload(answer);
  }

  private static String payload(byte[] packet) {
    return new String(packet, 28, packet.length - 28, StandardCharsets.UTF_8);
  }

  /** An IPv4 packet with a UDP datagram, without its optional checksum. */
  private static byte[] udp(byte[] from, byte[] to, String text) {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer packet = ByteBuffer.allocate(28 + payload.length);
    packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity()).putInt(0);
    packet.put((byte) 64).put((byte) 17).putShort((short) 0).put(from).put(to);
    int sum = 0;
    for (int at = 0; at < 20; at += 2) {
      sum += packet.getShort(at) & 0xffff;
    }
    packet.putShort(10, (short) ~((sum & 0xffff) + (sum >>> 16)));
    packet.putShort((short) 7).putShort((short) 7).putShort((short) (8 + payload.length));
    return packet.putShort((short) 0).put(payload).array();
  }
}

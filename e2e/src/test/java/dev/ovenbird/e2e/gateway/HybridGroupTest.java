package dev.ovenbird.e2e.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.e2e.client.Profile;
import dev.ovenbird.e2e.client.TrixieClient;
import dev.ovenbird.e2e.cluster.ClusterSpec;
import dev.ovenbird.e2e.net.Capture;
import dev.ovenbird.e2e.net.Lab;
import dev.ovenbird.e2e.process.TempFolder;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** OpenVPN 2.7 with OpenSSL 3.5 offers the hybrid post-quantum group, and gets it. */
class HybridGroupTest {
  private static final int CLIENT_HELLO = 1;
  private static final int SERVER_HELLO = 2;
  private static final int KEY_SHARE = 51;
  private static final int X25519_MLKEM768 = 0x11ec;

  /** ML-KEM-768's ciphertext and an X25519 point. */
  private static final int SERVERS_SHARE = 1088 + 32;

  /** ML-KEM-768's encapsulation key and an X25519 point. */
  private static final int CLIENTS_SHARE = 1184 + 32;

  @Test
  void stock_2_7_and_ours_agree_on_x25519mlkem768() throws Exception {
    try (GatewayStage stage = GatewayStage.open(1, GatewayStage.spec().client("alice").lanes(1))) {
      Path profile = stage.profile("alice", 0);
      ControlCapture capture =
          new ControlCapture(
              Capture.start(
                  stage.scope(),
                  stage.lab().client(0),
                  TempFolder.create(stage.scope(), "ovenbird-capture").resolve("control.pcap"),
                  ClusterSpec.UDP_PORT));
      TrixieClient client =
          TrixieClient.connect(
              stage.scope(), stage.lab().client(0), profile, Lab.WAN_IPV4, "cluster.local");
      client.lines().stream()
          .filter(line -> line.startsWith("OpenVPN 2.7") || line.contains("Control Channel: TLS"))
          .forEach(line -> System.out.println("  " + line));
      ClientKeyFile key = ClientKeyFile.parse(Profile.read(profile).block("tls-crypt-v2"));

      Map<Integer, Integer> offered = shares(hello(CLIENT_HELLO, capture.tls(Role.CLIENT, key)));
      assertThat(offered).containsEntry(X25519_MLKEM768, CLIENTS_SHARE);
      Map<Integer, Integer> chosen = shares(hello(SERVER_HELLO, capture.tls(Role.SERVER, key)));
      assertThat(chosen).isEqualTo(Map.of(X25519_MLKEM768, SERVERS_SHARE));
      System.out.printf("  captured: key shares offered %s, chosen %s%n", offered, chosen);
    }
  }

  /** The first handshake message of a stream of TLS records, which is of this type. */
  private static ByteBuffer hello(int type, byte[] stream) {
    ByteBuffer record = ByteBuffer.wrap(stream);
    assertThat(record.get()).as("a handshake record").isEqualTo((byte) 22);
    record.getShort();
    record.limit(record.getShort() + record.position());
    assertThat(record.get()).isEqualTo((byte) type);
    record.position(record.position() + 3);
    return record;
  }

  /** Groups in key_share and the bytes of their shares (RFC 8446, 4.2.8). */
  private static Map<Integer, Integer> shares(ByteBuffer hello) {
    boolean client = hello.get(hello.position() - 4) == CLIENT_HELLO;
    hello.position(hello.position() + 2 + 32);
    skip(hello, hello.get());
    if (client) {
      skip(hello, hello.getShort());
      skip(hello, hello.get());
    } else {
      skip(hello, 2 + 1);
    }
    hello.getShort();
    Map<Integer, Integer> shares = new TreeMap<>();
    while (hello.hasRemaining()) {
      boolean wanted = hello.getShort() == KEY_SHARE;
      int end = hello.getShort() + hello.position();
      if (wanted) {
        skip(hello, client ? 2 : 0);
        while (hello.position() < end) {
          int group = hello.getShort() & 0xffff;
          int length = hello.getShort();
          shares.put(group, length);
          skip(hello, length);
        }
      }
      hello.position(end);
    }
    return shares;
  }

  private static void skip(ByteBuffer buffer, int bytes) {
    buffer.position(buffer.position() + bytes);
  }
}

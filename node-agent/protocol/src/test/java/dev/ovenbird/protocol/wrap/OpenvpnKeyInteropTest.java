package dev.ovenbird.protocol.wrap;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.wire.ControlBody;
import dev.ovenbird.protocol.wire.EarlyNegotiation;
import dev.ovenbird.protocol.wire.Opcode;
import dev.ovenbird.protocol.wire.Role;
import dev.ovenbird.protocol.wire.SessionId;
import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigInteger;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys and first packets against the real {@code openvpn}. */
@Timeout(60)
class OpenvpnKeyInteropTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int FIRST_V3 = Opcode.firstByte(Opcode.CONTROL_HARD_RESET_CLIENT_V3, 0);
  private static final byte[] METADATA = KnownKeys.hex("00 01 deadbeef");

  @TempDir private Path folder;

  private final TlsCryptV2ServerKey serverKey = TlsCryptV2ServerKey.random(RANDOM);
  private final StaticKey clientKey = StaticKey.random(RANDOM);

  private Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("openvpn"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
  }

  private void run(String... arguments) throws Exception {
    Process process = start(arguments);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  private static void stop(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  private String read(String file) throws IOException {
    return Files.readString(folder.resolve(file));
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(folder.resolve(file), text);
  }

  /** A self-signed certificate, its own CA: enough for openvpn to start. */
  private void writeCertificate() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair keys = generator.generateKeyPair();
    X500Principal name = new X500Principal("CN=interop");
    Instant now = Instant.now();
    X509CertificateHolder certificate =
        new JcaX509v3CertificateBuilder(
                name,
                BigInteger.ONE,
                Date.from(now.minusSeconds(3600)),
                Date.from(now.plusSeconds(3600)),
                name,
                keys.getPublic())
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()));
    write("cert.pem", PemBlock.encode("CERTIFICATE", certificate.getEncoded()));
    write("key.pem", PemBlock.encode("PRIVATE KEY", keys.getPrivate().getEncoded()));
  }

  private static byte[] atEnd(byte[] wkc) {
    byte[] packet = new byte[54 + wkc.length];
    System.arraycopy(wkc, 0, packet, 54, wkc.length);
    return packet;
  }

  @Test
  void keys_made_by_openvpn_open_here() throws Exception {
    run("--genkey", "tls-crypt-v2-server", "server.key");
    run("--tls-crypt-v2", "server.key", "--genkey", "tls-crypt-v2-client", "client.key");
    TlsCryptV2ServerKey server = TlsCryptV2ServerKey.parse(read("server.key"));
    ClientKeyFile client = ClientKeyFile.parse(read("client.key"));
    assertThat(server.toPem()).isEqualTo(read("server.key"));
    assertThat(client.toPem()).isEqualTo(read("client.key"));

    byte[] packet = atEnd(client.wkc());
    var opened = requireNonNull(WrappedClientKey.open(List.of(server), packet, packet.length));
    assertThat(opened.clientKey()).isEqualTo(client.key());
    assertThat(opened.metadata()).hasSize(9).startsWith(1);
    assertThat(WrappedClientKey.wrap(server, client.key(), opened.metadata()))
        .isEqualTo(client.wkc());
  }

  @Test
  void openvpn_wraps_its_metadata_with_our_server_key() throws Exception {
    write("server.key", serverKey.toPem());
    String metadata = Base64.getEncoder().encodeToString(new byte[] {1, 2, 3});
    run("--tls-crypt-v2", "server.key", "--genkey", "tls-crypt-v2-client", "client.key", metadata);
    ClientKeyFile client = ClientKeyFile.parse(read("client.key"));
    byte[] packet = atEnd(client.wkc());
    var opened = requireNonNull(WrappedClientKey.open(List.of(serverKey), packet, packet.length));
    assertThat(opened.clientKey()).isEqualTo(client.key());
    assertThat(opened.metadata()).containsExactly(0, 1, 2, 3);
  }

  @Test
  void static_key_made_by_openvpn_reads_and_writes_the_same() throws Exception {
    run("--genkey", "secret", "static.key");
    assertThat(StaticKey.parse(read("static.key")).toPem()).isEqualTo(read("static.key"));
  }

  @Test
  void openvpn_clients_first_packet_opens_with_our_keys() throws Exception {
    byte[] wkc = WrappedClientKey.wrap(serverKey, clientKey, METADATA);
    write("client.key", new ClientKeyFile(clientKey, wkc).toPem());
    writeCertificate();
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      socket.setSoTimeout(30_000);
      Process client =
          start(
              "--client",
              "--dev",
              "null",
              "--proto",
              "udp4",
              "--nobind",
              "--remote",
              "127.0.0.1",
              Integer.toString(socket.getLocalPort()),
              "--ca",
              "cert.pem",
              "--cert",
              "cert.pem",
              "--key",
              "key.pem",
              "--tls-crypt-v2",
              "client.key");
      try {
        byte[] packet = receive(socket);
        assertThat(packet).hasSize(54 + wkc.length);
        assertThat(Byte.toUnsignedInt(packet[0])).isEqualTo(FIRST_V3);
        var opened =
            requireNonNull(WrappedClientKey.open(List.of(serverKey), packet, packet.length));
        assertThat(opened.metadata()).isEqualTo(METADATA);
        Unwrapped reset =
            requireNonNull(
                new TlsCrypt(opened.clientKey(), Role.SERVER)
                    .unwrap(packet, packet.length - opened.wkcLength()));
        assertThat(reset.sender().isDefined()).isTrue();
        assertThat(reset.replayId().counter()).isEqualTo(EarlyNegotiation.COUNTER_START + 1);
        ControlBody body = ControlBody.parse(false, reset.body());
        assertThat(body.messageId()).isZero();
        assertThat(body.acks()).isEmpty();
        assertThat(body.payload()).isEmpty();
      } finally {
        stop(client);
      }
    }
  }

  @Test
  void openvpn_server_answers_our_first_packet() throws Exception {
    write("server.key", serverKey.toPem());
    writeCertificate();
    int port;
    try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Process server =
        start(
            "--mode",
            "server",
            "--tls-server",
            "--dev",
            "tun",
            "--proto",
            "udp4",
            "--local",
            "127.0.0.1",
            "--port",
            Integer.toString(port),
            "--ca",
            "cert.pem",
            "--cert",
            "cert.pem",
            "--key",
            "key.pem",
            "--dh",
            "none",
            "--tls-crypt-v2",
            "server.key");
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        BufferedReader log = server.inputReader()) {
      awaitStart(log);
      SessionId ours = SessionId.random(RANDOM);
      TlsCrypt wrap = new TlsCrypt(clientKey, Role.CLIENT);
      ReplaySender replay = new ReplaySender(EarlyNegotiation.COUNTER_START);
      byte[] reset =
          wrap.wrap(
              FIRST_V3,
              ours,
              replay.next(Instant.now().getEpochSecond()),
              new ControlBody(new int[0], SessionId.UNDEFINED, 0, new byte[0]).encode());
      byte[] wkc = WrappedClientKey.wrap(serverKey, clientKey, METADATA);
      byte[] packet = ByteBuffer.allocate(reset.length + wkc.length).put(reset).put(wkc).array();
      socket.setSoTimeout(30_000);
      socket.send(
          new DatagramPacket(packet, packet.length, InetAddress.getLoopbackAddress(), port));

      byte[] answer = receive(socket);
      Unwrapped opened = requireNonNull(wrap.unwrap(answer, answer.length));
      assertThat(Opcode.ofFirstByte(opened.firstByte()))
          .isEqualTo(Opcode.CONTROL_HARD_RESET_SERVER_V2);
      assertThat(opened.replayId().counter()).isEqualTo(1);
      assertThat(new ReplayReceiver().accept(opened.replayId())).isTrue();
      ControlBody body = ControlBody.parse(false, opened.body());
      assertThat(body.acks()).containsExactly(0);
      assertThat(body.receiver()).isEqualTo(ours);
      assertThat(body.messageId()).isZero();
      assertThat(body.payload()).isEqualTo(EarlyNegotiation.RESEND_WRAPPED_KEY.encode());
    } finally {
      stop(server);
    }
  }

  private static void awaitStart(BufferedReader log) throws IOException {
    StringBuilder seen = new StringBuilder();
    for (String line; (line = log.readLine()) != null; ) {
      seen.append(line).append('\n');
      if (line.contains("Initialization Sequence Completed")) {
        return;
      }
    }
    throw new AssertionError("openvpn ended:\n" + seen);
  }

  private static byte[] receive(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
    socket.receive(packet);
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }
}

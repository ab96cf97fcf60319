package dev.ovenbird.protocol.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.tls.TestPki.Ca;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A session that was resumed, or negotiated anew within TLS, would not be checked: a plain client
 * of the JDK tries both.
 */
@ParameterizedClass
@EnumSource(Engines.class)
class ResumptionTest {
  private static final byte HANDSHAKE = 22;

  private static final Ca CA = TestPki.ca("test CA", "EC256");
  private static final TlsIdentity SERVER = TestPki.server(CA, "EC256");
  private static final TlsIdentity CLIENT = TestPki.client(CA, "EC256");

  @Parameter private Engines provider = Engines.BOUNCY_CASTLE;

  private static final class Believer implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private static SSLEngine engine(SSLContext context, TlsVersion version) {
    // With a name and a port, by which the JDK finds the session to resume.
    SSLEngine engine = context.createSSLEngine("server", 1194);
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {version.jdkName()});
    return engine;
  }

  private static SSLContext context() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        new KeyManager[] {new JsseIdentity(CLIENT)},
        new TrustManager[] {new Believer()},
        new SecureRandom());
    return context;
  }

  /** Moves ciphertext until both are silent; all that the server has sent. */
  private static List<byte[]> pump(SSLEngine client, TlsEngine server) throws Exception {
    List<byte[]> sent = new ArrayList<>();
    while (true) {
      byte[] up = output(client);
      server.offer(up);
      byte[] down = server.takeOutput();
      if (up.length == 0 && down.length == 0) {
        return sent;
      }
      sent.add(down);
      deliver(down, client, server);
    }
  }

  /** Hands the client what the server has sent, and the server what the client says to it. */
  private static void deliver(byte[] flight, SSLEngine client, TlsEngine server) throws Exception {
    ByteBuffer input = ByteBuffer.wrap(flight);
    while (input.hasRemaining() && !client.isInboundDone()) {
      client.unwrap(input, ByteBuffer.allocate(1 << 15));
      server.offer(output(client));
    }
  }

  private static byte[] output(SSLEngine client) throws Exception {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    runTasks(client);
    while (client.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
      ByteBuffer ciphertext = ByteBuffer.allocate(1 << 15);
      client.wrap(ByteBuffer.allocate(0), ciphertext);
      output.write(ciphertext.array(), 0, ciphertext.position());
      runTasks(client);
    }
    return output.toByteArray();
  }

  private static void runTasks(SSLEngine client) {
    for (Runnable task; (task = client.getDelegatedTask()) != null; ) {
      task.run();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void a_second_session_is_a_full_handshake(TlsVersion version) throws Exception {
    TlsEngineFactory servers = Loopback.server(provider, SERVER, CA.der());
    SSLContext context = context();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      SSLEngine client = engine(context, version);
      client.beginHandshake();
      TlsEngine server = servers.create();
      List<byte[]> sent = pump(client, server);
      assertThat(server.failure()).isNull();
      assertThat(server.peer()).isNotNull();
      // A server that resumes sends no certificate.
      assertThat(sent.stream().mapToInt(flight -> flight.length).sum()).isGreaterThan(500);
      ids.add(
          HexFormat.of().formatHex(client.getSession().getId())
              + client.getSession().getCreationTime());
    }
    assertThat(ids).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource(value = TlsVersion.class, names = "TLS13")
  void no_ticket_is_sent(TlsVersion version) throws Exception {
    SSLEngine client = engine(context(), version);
    client.beginHandshake();
    TlsEngine server = Loopback.server(provider, SERVER, CA.der()).create();
    server.offer(output(client));
    deliver(server.takeOutput(), client, server);
    assertThat(server.isHandshakeComplete()).isTrue();
    assertThat(server.takeOutput()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(value = TlsVersion.class, names = "TLS12")
  void nothing_is_negotiated_anew_inside_of_tls(TlsVersion version) throws Exception {
    SSLEngine client = engine(context(), version);
    client.beginHandshake();
    TlsEngine server = Loopback.server(provider, SERVER, CA.der()).create();
    pump(client, server);
    assertThat(server.isHandshakeComplete()).isTrue();
    client.beginHandshake();
    server.offer(output(client));
    byte[] answer = server.takeOutput();
    assertThat(answer.length == 0 || answer[0] != HANDSHAKE).isTrue();
  }
}

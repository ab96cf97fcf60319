package dev.ovenbird.protocol.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ovenbird.protocol.tls.TestPki.Ca;
import java.io.IOException;
import java.security.SecureRandom;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.DefaultTlsClient;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsClientProtocol;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsFatalAlertReceived;
import org.bouncycastle.tls.TlsServerCertificate;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Our own client always has a certificate, so this one is BouncyCastle's. */
class NoClientCertificateTest {
  @ParameterizedTest
  @CsvSource({"TLS12,handshake_failure,40", "TLS13,certificate_required,116"})
  void a_client_without_certificate_is_told_so(TlsVersion version, String name, short alert)
      throws IOException {
    Ca ca = TestPki.ca("test CA", "EC256");
    TlsEngine server = Loopback.serverFactory(TestPki.server(ca, "EC256"), ca.der()).create();
    TlsClientProtocol client = new TlsClientProtocol();
    client.connect(new Bare(TlsVersion.range(version, version)));
    short received = -1;
    for (int round = 0; round < 6 && received < 0; round++) {
      byte[] up = new byte[client.getAvailableOutputBytes()];
      client.readOutput(up, 0, up.length);
      server.offer(up);
      try {
        client.offerInput(server.takeOutput());
      } catch (TlsFatalAlertReceived e) {
        received = e.getAlertDescription();
      }
    }
    assertThat(received).isEqualTo(alert);
    assertThat(server.failure()).contains(name);
    assertThat(server.isHandshakeComplete()).isFalse();
    assertThat(server.peer()).isNull();
  }

  private static final class Bare extends DefaultTlsClient {
    private final ProtocolVersion[] versions;

    Bare(ProtocolVersion[] versions) {
      super(new BcTlsCrypto(new SecureRandom()));
      this.versions = versions;
    }

    @Override
    protected ProtocolVersion[] getSupportedVersions() {
      return versions;
    }

    @Override
    public TlsAuthentication getAuthentication() {
      return new TlsAuthentication() {
        @Override
        public void notifyServerCertificate(TlsServerCertificate certificate) {}

        @Override
        public @Nullable TlsCredentials getClientCredentials(CertificateRequest request) {
          return null;
        }
      };
    }
  }
}

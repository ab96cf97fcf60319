package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Has our {@link PeerVerifier} judge the chain that the JDK's engine received. */
final class JsseTrust extends X509ExtendedTrustManager {
  private final PeerVerifier verifier;
  private final @Nullable String expectedServerName;
  private final RecordTlsEngine owner;

  JsseTrust(PeerVerifier verifier, @Nullable String expectedServerName, RecordTlsEngine owner) {
    this.verifier = verifier;
    this.expectedServerName = expectedServerName;
    this.owner = owner;
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    List<byte[]> sent = new ArrayList<>();
    for (X509Certificate certificate : chain) {
      sent.add(certificate.getEncoded());
    }
    try {
      PeerIdentity peer = verifier.verify(sent);
      PeerNames.expect(expectedServerName, peer);
      owner.verified(peer);
    } catch (IOException e) {
      throw new CertificateException(e.getMessage(), e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain);
    SSLSession session = engine.getHandshakeSession();
    // Else TLS 1.3 sends a ticket that nobody can use. In 1.2 it has been promised by now.
    if (session.getProtocol().equals(TlsVersion.TLS13.jdkName())) {
      session.invalidate();
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain);
  }

  /** None: the names of our CAs are nobody's business, and every client has but one certificate. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new CertificateException("there are no sockets here");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new CertificateException("there are no sockets here");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("there is no engine");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("there is no engine");
  }
}

package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.util.List;
import java.util.Vector;
import org.bouncycastle.tls.AbstractTlsServer;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.ClientCertificateType;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;

/** The choices of our server side in one handshake. */
final class ServerPeer extends AbstractTlsServer {
  private final LoadedIdentity identity;
  private final PeerVerifier verifier;
  private final ProtocolVersion[] versions;
  private @Nullable BcTlsEngine engine;

  ServerPeer(
      BcTlsCrypto crypto,
      LoadedIdentity identity,
      PeerVerifier verifier,
      ProtocolVersion[] versions) {
    super(crypto);
    this.identity = identity;
    this.verifier = verifier;
    this.versions = versions;
  }

  void attach(BcTlsEngine owner) {
    engine = owner;
  }

  private BcTlsEngine engine() {
    if (engine == null) {
      throw new IllegalStateException("not attached");
    }
    return engine;
  }

  @Override
  protected ProtocolVersion[] getSupportedVersions() {
    return versions;
  }

  @Override
  protected int[] getSupportedCipherSuites() {
    return CipherSuites.forServer(identity.isRsa());
  }

  @Override
  public int[] getSupportedGroups() {
    return CipherSuites.groups();
  }

  @Override
  public boolean preferLocalSupportedGroups() {
    return true;
  }

  @Override
  protected boolean preferLocalCipherSuites() {
    return true;
  }

  /** Without it there is no exporter in TLS 1.2. */
  @Override
  public boolean requiresExtendedMasterSecret() {
    return true;
  }

  @Override
  public int getMaxCertificateChainLength() {
    return PeerVerifier.MAX_CHAIN;
  }

  @Override
  public TlsCredentials getCredentials() throws IOException {
    List<?> offered = context.getSecurityParametersHandshake().getClientSigAlgs();
    return identity.signer(context, offered == null ? List.of() : offered);
  }

  @Override
  public CertificateRequest getCertificateRequest() throws IOException {
    Vector<SignatureAndHashAlgorithm> schemes = SignatureSchemes.all();
    if (TlsUtils.isTLSv13(context)) {
      return new CertificateRequest(TlsUtils.EMPTY_BYTES, schemes, null, null);
    }
    short[] types = {ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign};
    return new CertificateRequest(types, schemes, null);
  }

  /** Comes before the proof that the client has the key: a check without side effects. */
  @Override
  public void notifyClientCertificate(Certificate certificate) throws IOException {
    if (certificate == null || certificate.isEmpty()) {
      throw new TlsFatalAlert(
          TlsUtils.isTLSv13(context)
              ? AlertDescription.certificate_required
              : AlertDescription.handshake_failure,
          "the client has no certificate");
    }
    engine().verified(verifier.verify(PeerChain.of(context, certificate)));
  }

  @Override
  public void notifyHandshakeComplete() throws IOException {
    super.notifyHandshakeComplete();
    engine().handshakeComplete(context);
    // Of no use any more: four kilobytes for each of thousands of idle engines.
    ForgettableCertificate.forget(context.getSecurityParametersConnection().getPeerCertificate());
    clientExtensions = null;
    offeredCipherSuites = null;
    certificateStatusRequest = null;
  }
}

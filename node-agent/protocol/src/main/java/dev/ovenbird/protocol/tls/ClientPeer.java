package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.util.List;
import java.util.Vector;
import org.bouncycastle.tls.AbstractTlsClient;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.CertificateStatusRequest;
import org.bouncycastle.tls.NamedGroup;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsServerCertificate;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;

/** The choices of our client side in one handshake. */
final class ClientPeer extends AbstractTlsClient implements TlsAuthentication {
  private final LoadedIdentity identity;
  private final PeerVerifier verifier;
  private final @Nullable String expectedServerName;
  private final ProtocolVersion[] versions;
  private @Nullable BcTlsEngine engine;

  ClientPeer(
      BcTlsCrypto crypto,
      LoadedIdentity identity,
      PeerVerifier verifier,
      @Nullable String expectedServerName,
      ProtocolVersion[] versions) {
    super(crypto);
    this.identity = identity;
    this.verifier = verifier;
    this.expectedServerName = expectedServerName;
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
    return CipherSuites.forClient();
  }

  @Override
  @SuppressWarnings("rawtypes") // BouncyCastle's signature
  protected Vector<Integer> getSupportedGroups(Vector namedGroupRoles) {
    Vector<Integer> groups = new Vector<>();
    for (int group : CipherSuites.groups()) {
      groups.add(group);
    }
    return groups;
  }

  /** As OpenVPN 2.7 does: no second round trip with any server. */
  @Override
  public Vector<Integer> getEarlyKeyShareGroups() {
    return new Vector<>(List.of(NamedGroup.X25519MLKEM768, NamedGroup.x25519));
  }

  @Override
  protected Vector<SignatureAndHashAlgorithm> getSupportedSignatureAlgorithms() {
    return SignatureSchemes.all();
  }

  @Override
  protected @Nullable CertificateStatusRequest getCertificateStatusRequest() {
    return null;
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
  public TlsAuthentication getAuthentication() {
    return this;
  }

  @Override
  public void notifyServerCertificate(TlsServerCertificate certificate) throws IOException {
    PeerIdentity server = verifier.verify(PeerChain.of(context, certificate.getCertificate()));
    PeerNames.expect(expectedServerName, server);
    engine().verified(server);
  }

  @Override
  public TlsCredentials getClientCredentials(CertificateRequest request) throws IOException {
    return identity.signer(context, request.getSupportedSignatureAlgorithms());
  }

  @Override
  public void notifyHandshakeComplete() throws IOException {
    super.notifyHandshakeComplete();
    engine().handshakeComplete(context);
  }
}

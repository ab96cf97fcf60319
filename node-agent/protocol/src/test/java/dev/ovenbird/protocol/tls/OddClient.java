package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.security.SecureRandom;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.DefaultTlsClient;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsServerCertificate;
import org.jspecify.annotations.Nullable;

/** A client that ours would never be: without certificate, or without extended master secret. */
final class OddClient extends DefaultTlsClient implements TlsAuthentication {
  private final TlsVersion version;
  private final @Nullable LoadedIdentity identity;
  private final boolean extendedMasterSecret;

  OddClient(TlsVersion version, @Nullable TlsIdentity identity, boolean extendedMasterSecret) {
    super(new LeanTlsCrypto(new SecureRandom(), () -> null));
    this.version = version;
    this.identity =
        identity == null ? null : new LoadedIdentity((LeanTlsCrypto) getCrypto(), identity);
    this.extendedMasterSecret = extendedMasterSecret;
  }

  @Override
  protected ProtocolVersion[] getSupportedVersions() {
    return TlsVersion.range(version, version);
  }

  @Override
  public boolean shouldUseExtendedMasterSecret() {
    return extendedMasterSecret;
  }

  @Override
  public TlsAuthentication getAuthentication() {
    return this;
  }

  @Override
  public void notifyServerCertificate(TlsServerCertificate certificate) {}

  @Override
  public @Nullable TlsCredentials getClientCredentials(CertificateRequest request)
      throws IOException {
    return identity == null
        ? null
        : identity.signer(context, request.getSupportedSignatureAlgorithms());
  }
}

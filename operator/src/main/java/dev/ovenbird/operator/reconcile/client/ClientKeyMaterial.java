package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.operator.issue.CertificateAuthority;
import dev.ovenbird.operator.issue.ClientKeys;
import dev.ovenbird.operator.issue.Pem;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.protocol.wrap.ClientKeyFile;
import dev.ovenbird.protocol.wrap.KeyFormatException;
import dev.ovenbird.protocol.wrap.TlsCryptV2ServerKey;
import dev.ovenbird.protocol.wrap.WrappedClientKey;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client's certificate and keys.
 *
 * @param keyPem null if the key stays with the client
 */
record ClientKeyMaterial(
    X509Certificate certificate, @Nullable String keyPem, String tlsCryptV2Pem) {
  static final String CERTIFICATE = "tls.crt";
  static final String KEY = "tls.key";
  static final String TLS_CRYPT_V2 = "tls-crypt-v2.key";

  private static final int URI = 6;

  /**
   * What a profile Secret holds, if all of it is still this client's.
   *
   * @param data as text by key
   * @param requested the key of spec.csr; null if the operator makes the key
   */
  static @Nullable ClientKeyMaterial read(
      Map<String, String> data,
      ClusterSnapshot cluster,
      String clientUid,
      @Nullable PublicKey requested) {
    String certificatePem = data.get(CERTIFICATE);
    String keyPem = data.get(KEY);
    String tlsCryptV2 = data.get(TLS_CRYPT_V2);
    if (certificatePem == null || tlsCryptV2 == null || (keyPem == null) != (requested != null)) {
      return null;
    }
    try {
      X509Certificate certificate = Pem.certificate(certificatePem);
      boolean ours =
          names(certificate, "urn:ovenbird:" + cluster.uid() + ":" + clientUid)
              && issuer(certificate, cluster) != null
              && (requested == null || requested.equals(certificate.getPublicKey()))
              && (keyPem == null || Pem.matches(Pem.privateKey(keyPem, certificate), certificate))
              && opens(tlsCryptV2, cluster, clientUid);
      return ours ? new ClientKeyMaterial(certificate, keyPem, tlsCryptV2) : null;
    } catch (GeneralSecurityException | RuntimeException e) {
      return null; // Somebody wrote something else there.
    }
  }

  /** The same keys with another certificate. */
  ClientKeyMaterial with(X509Certificate renewed) {
    return new ClientKeyMaterial(renewed, keyPem, tlsCryptV2Pem);
  }

  /** The trusted authority that signed it; null if none did. */
  static @Nullable X509Certificate issuer(X509Certificate certificate, ClusterSnapshot cluster) {
    for (X509Certificate authority : cluster.issued().trusted()) {
      try {
        certificate.verify(authority.getPublicKey());
        return authority;
      } catch (GeneralSecurityException e) {
        continue;
      }
    }
    return null;
  }

  /** Whether the newest authority signed it. */
  boolean isOfNewest(ClusterSnapshot cluster) {
    CertificateAuthority newest = cluster.issued().authority();
    return newest.certificate().equals(issuer(certificate, cluster));
  }

  private static boolean names(X509Certificate certificate, String uri)
      throws GeneralSecurityException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return names != null
        && names.stream()
            .anyMatch(name -> name.getFirst().equals(URI) && uri.equals(name.getLast()));
  }

  private static boolean opens(String pem, ClusterSnapshot cluster, String clientUid) {
    try {
      ClientKeyFile file = ClientKeyFile.parse(pem);
      byte[] packet = new byte[1 + file.wkc().length]; // As it ends a packet.
      System.arraycopy(file.wkc(), 0, packet, 1, file.wkc().length);
      List<TlsCryptV2ServerKey> serverKeys =
          cluster.issued().serverKeys().stream().map(TlsCryptV2ServerKey::parse).toList();
      WrappedClientKey.Opened opened = WrappedClientKey.open(serverKeys, packet, packet.length);
      return opened != null
          && opened.clientKey().equals(file.key())
          && Arrays.equals(opened.metadata(), ClientKeys.metadata(cluster.uid(), clientUid));
    } catch (KeyFormatException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "ClientKeyMaterial " + certificate.getSerialNumber().toString(16);
  }
}

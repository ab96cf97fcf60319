package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.operator.issue.CertificateAuthority;
import dev.ovenbird.operator.issue.ClientKeys;
import dev.ovenbird.operator.issue.Pem;
import dev.ovenbird.operator.issue.ServerKey;
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
 * @param keyGeneration of the server key that wraps the tls-crypt-v2 key; 0 if there is none of the
 *     client's that a server key opens, which makes nobody else of the client
 */
record ClientKeyMaterial(
    X509Certificate certificate, @Nullable String keyPem, String tlsCryptV2Pem, int keyGeneration) {
  static final String CERTIFICATE = "tls.crt";
  static final String KEY = "tls.key";
  static final String TLS_CRYPT_V2 = "tls-crypt-v2.key";

  private static final int URI = 6;

  /**
   * What a profile Secret holds, if certificate and key are still this client's.
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
    String tlsCryptV2 = data.getOrDefault(TLS_CRYPT_V2, "");
    if (certificatePem == null || (keyPem == null) != (requested != null)) {
      return null;
    }
    try {
      X509Certificate certificate = Pem.certificate(certificatePem);
      boolean ours =
          names(certificate, "urn:ovenbird:" + cluster.uid() + ":" + clientUid)
              && issuer(certificate, cluster) != null
              && (requested == null || requested.equals(certificate.getPublicKey()))
              && (keyPem == null || Pem.matches(Pem.privateKey(keyPem, certificate), certificate));
      return ours
          ? new ClientKeyMaterial(
              certificate, keyPem, tlsCryptV2, keyGeneration(tlsCryptV2, cluster, clientUid))
          : null;
    } catch (GeneralSecurityException | RuntimeException e) {
      return null; // Somebody wrote something else there.
    }
  }

  /** The same keys with another certificate. */
  ClientKeyMaterial with(X509Certificate renewed) {
    return new ClientKeyMaterial(renewed, keyPem, tlsCryptV2Pem, keyGeneration);
  }

  /**
   * The same with a new tls-crypt-v2 key. Not the old one wrapped anew: whoever had the old server
   * key has read it from the packets that the client began with.
   */
  ClientKeyMaterial with(String newTlsCryptV2Pem, int generation) {
    return new ClientKeyMaterial(certificate, keyPem, newTlsCryptV2Pem, generation);
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

  private static int keyGeneration(String pem, ClusterSnapshot cluster, String clientUid) {
    try {
      ClientKeyFile file = ClientKeyFile.parse(pem);
      byte[] packet = new byte[1 + file.wkc().length]; // As it ends a packet.
      System.arraycopy(file.wkc(), 0, packet, 1, file.wkc().length);
      for (ServerKey key : cluster.issued().serverKeys()) {
        WrappedClientKey.Opened opened =
            WrappedClientKey.open(
                List.of(TlsCryptV2ServerKey.parse(key.pem())), packet, packet.length);
        if (opened != null) {
          return opened.clientKey().equals(file.key())
                  && Arrays.equals(opened.metadata(), ClientKeys.metadata(cluster.uid(), clientUid))
              ? key.generation()
              : 0;
        }
      }
      return 0;
    } catch (KeyFormatException e) {
      return 0; // Somebody wrote something else there.
    }
  }

  @Override
  public String toString() {
    return "ClientKeyMaterial " + certificate.getSerialNumber().toString(16);
  }
}

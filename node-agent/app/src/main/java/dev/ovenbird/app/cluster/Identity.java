package dev.ovenbird.app.cluster;

import dev.ovenbird.app.config.Pem;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A certificate with what leads to older authorities, and its private key.
 *
 * @param chain the instance's certificate first
 * @param key ECDSA
 */
record Identity(List<X509Certificate> chain, PrivateKey key) {
  private static final int SAN_URI = 6;
  private static final String KEY_BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String KEY_END = "-----END PRIVATE KEY-----";

  Identity {
    chain = List.copyOf(chain);
  }

  /** From the text that {@link #pem} makes. */
  static Identity parse(String pem) throws GeneralSecurityException {
    int begin = pem.indexOf(KEY_BEGIN);
    int end = pem.indexOf(KEY_END);
    if (begin < 0 || end < begin) {
      throw new GeneralSecurityException("holds no private key");
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(pem.substring(begin + KEY_BEGIN.length(), end));
      PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
      List<X509Certificate> chain = certificates(pem.substring(0, begin));
      if (chain.isEmpty()) {
        throw new GeneralSecurityException("holds no certificate");
      }
      return new Identity(chain, key);
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("its private key is not base64", e);
    }
  }

  static List<X509Certificate> certificates(String pem) throws GeneralSecurityException {
    Collection<? extends java.security.cert.Certificate> found =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(
                new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
    List<X509Certificate> certificates = new ArrayList<>();
    for (java.security.cert.Certificate one : found) {
      certificates.add((X509Certificate) one);
    }
    return certificates;
  }

  X509Certificate leaf() {
    return chain.getFirst();
  }

  /** Whether it is the instance's that the URI names, and not at its end. */
  boolean isOf(String uri, Instant now) {
    try {
      int uris = 0;
      boolean same = false;
      Collection<List<?>> names = leaf().getSubjectAlternativeNames();
      for (List<?> name : names == null ? List.<List<?>>of() : names) {
        if (Integer.valueOf(SAN_URI).equals(name.getFirst())) {
          uris++;
          same |= uri.equals(name.get(1));
        }
      }
      return same && uris == 1 && now.isBefore(leaf().getNotAfter().toInstant());
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  boolean isFor(PublicKey publicKey) {
    return publicKey.equals(leaf().getPublicKey());
  }

  /** Whether it comes from this authority. */
  boolean isSignedBy(X509Certificate authority) {
    try {
      leaf().verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** The same with other certificates after its own. */
  Identity with(List<X509Certificate> crossCertificates) {
    List<X509Certificate> next = new ArrayList<>();
    next.add(leaf());
    next.addAll(crossCertificates);
    return new Identity(next, key);
  }

  /** Certificates, then the key. */
  String pem() {
    StringBuilder text = new StringBuilder();
    try {
      for (X509Certificate certificate : chain) {
        text.append(Pem.block("CERTIFICATE", certificate.getEncoded()));
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate cannot be encoded", e);
    }
    return text.append(Pem.block("PRIVATE KEY", key.getEncoded())).toString();
  }

  /** Null if the text is no chain. */
  static @Nullable List<X509Certificate> chainOrNull(String pem) {
    try {
      return certificates(pem);
    } catch (GeneralSecurityException e) {
      return null;
    }
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "Identity[" + leaf().getSubjectX500Principal() + "]";
  }
}

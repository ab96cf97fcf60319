package dev.ovenbird.protocol.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * Certificate signatures that were found good, so that a client that comes again, or renegotiates,
 * costs one verification less. That a signature is good never changes; everything else about a
 * certificate (dates, purpose, roster) is judged each time. Bounded, and safe for several threads.
 */
final class KnownSignatures {
  private final int most;
  private final SequencedMap<ByteBuffer, Boolean> good = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param most how many are kept, some hundred bytes each; then the one not used for longest goes
   */
  KnownSignatures(int most) {
    this.most = most;
  }

  /** As {@link CertificateSignature#verifies}. */
  boolean verifies(X509CertificateHolder certificate, X509CertificateHolder issuer) {
    ByteBuffer both = digest(certificate, issuer);
    synchronized (good) {
      if (good.get(both) != null) {
        return true;
      }
    }
    boolean verified = CertificateSignature.verifies(certificate, issuer);
    if (verified) {
      synchronized (good) {
        good.put(both, true);
        if (good.size() > most) {
          good.pollFirstEntry();
        }
      }
    }
    return verified;
  }

  int size() {
    synchronized (good) {
      return good.size();
    }
  }

  /** Of the whole certificate and the issuer's key: DER says where the first one ends. */
  private static ByteBuffer digest(
      X509CertificateHolder certificate, X509CertificateHolder issuer) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(certificate.getEncoded());
      sha256.update(issuer.getSubjectPublicKeyInfo().getEncoded());
      return ByteBuffer.wrap(sha256.digest()).asReadOnlyBuffer();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK lacks SHA-256", e);
    } catch (IOException e) {
      throw new IllegalArgumentException("certificate cannot be encoded", e);
    }
  }
}

package dev.ovenbird.app.cluster;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** When an instance asks for its next certificate. */
final class Renewal {
  private Renewal() {}

  /**
   * Two thirds through its life, later by up to a fiftieth: instances that started together don't
   * renew together.
   *
   * @param spread 0 to 1, drawn once for a certificate
   */
  static Instant due(Instant notBefore, Instant notAfter, double spread) {
    long life = Duration.between(notBefore, notAfter).toMillis();
    return notBefore.plusMillis(life / 3 * 2 + (long) (life / 50.0 * spread));
  }

  /**
   * Whether a newer authority than the certificate's is there, or its own is there no more.
   *
   * @param authorities newest first
   * @param known those that were there when the certificate was got, so that one that is ahead of
   *     them isn't asked for again; null if nobody knows
   */
  static boolean isOutdated(
      Identity identity, List<X509Certificate> authorities, @Nullable List<X509Certificate> known) {
    if (authorities.isEmpty() || identity.isSignedBy(authorities.getFirst())) {
      return false;
    }
    // The operator may have signed with the old one while it was making the new one known.
    return authorities.stream().anyMatch(identity::isSignedBy) || !authorities.equals(known);
  }
}

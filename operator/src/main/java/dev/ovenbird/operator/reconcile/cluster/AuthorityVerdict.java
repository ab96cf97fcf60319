package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.Pki;
import dev.ovenbird.operator.issue.IssuedCluster;
import dev.ovenbird.operator.status.Verdict;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.SortedMap;

/** Whether somebody has to do something about a cluster's authority, ahead of time. */
final class AuthorityVerdict {
  private static final Duration AHEAD = Duration.ofDays(2 * 365);
  private static final int SHOWN = 3;

  private AuthorityVerdict() {}

  /**
   * The condition AuthorityCurrent.
   *
   * @param old instances that still hold certificates of generations that are to be retired
   */
  static Verdict of(Pki.Ca ca, IssuedCluster issued, SortedMap<String, Integer> old, Instant now) {
    X509Certificate certificate = issued.authority().certificate();
    Instant begin = certificate.getNotBefore().toInstant();
    Instant end = certificate.getNotAfter().toInstant();
    Duration fifth = Duration.between(begin, end).dividedBy(5);
    if (!now.plus(fifth.compareTo(AHEAD) < 0 ? fifth : AHEAD).isBefore(end)) {
      return Verdict.bad(
          "AuthorityEndsSoon",
          "the certificate authority ends on "
              + day(end)
              + ", and nothing that it signs lasts longer; "
              + (ca.type() == Pki.CaType.Secret
                  ? "put its successor into the Secret of spec.pki.ca.secretRef"
                  : "raise spec.pki.ca.generation by one")
              + " and hand out the new profiles before");
    }
    if (!old.isEmpty()) {
      return Verdict.bad(
          "OldAuthorityInUse",
          "spec.pki.ca.oldestGeneration is "
              + ca.oldestGeneration()
              + ", but "
              + some(old)
              + " still hold certificates of an older one, which stays until they have new ones;"
              + " agents renew by themselves, so see why these don't");
    }
    return Verdict.good(
        "Current",
        "the certificate authority of generation " + issued.generation() + " ends on " + day(end));
  }

  /** The first few, each with its generation. */
  static String some(SortedMap<String, Integer> generations) {
    return String.join(
            ", ",
            generations.entrySet().stream()
                .limit(SHOWN)
                .map(one -> one.getKey() + " (generation " + one.getValue() + ")")
                .toList())
        + (generations.size() > SHOWN ? " and " + (generations.size() - SHOWN) + " more" : "");
  }

  private static LocalDate day(Instant end) {
    return LocalDate.ofInstant(end, ZoneOffset.UTC);
  }
}

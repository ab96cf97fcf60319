package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.operator.issue.ServerKey;
import dev.ovenbird.operator.reconcile.pki.ServerKeyUse;
import dev.ovenbird.operator.status.Verdict;
import java.util.List;

/** How far a change-over of the tls-crypt-v2 server key is. */
final class ServerKeyVerdict {
  private static final String OLDEST = "spec.tls.controlChannel.serverKey.oldestGeneration";

  private ServerKeyVerdict() {}

  /**
   * The condition ServerKeyCurrent.
   *
   * @param keys newest first, at least one
   */
  static Verdict of(Tls.ServerKey wanted, List<ServerKey> keys, ServerKeyUse use) {
    int wraps = use.wraps(keys).generation();
    int newest = keys.getFirst().generation();
    int oldest = keys.getLast().generation();
    if (wraps < newest) {
      return Verdict.bad(
          "WaitsForInstances",
          "profiles are made with the server key of generation "
              + newest
              + " as soon as every instance holds it; not yet "
              + AuthorityVerdict.some(use.lacking(newest))
              + ". Agents follow within a minute: see why these don't, or take their nodes out of"
              + " the cluster");
    }
    if (oldest < wanted.oldestGeneration()) {
      return Verdict.bad(
          "OldServerKeyInUse",
          OLDEST
              + " is "
              + wanted.oldestGeneration()
              + ", but Secrets "
              + AuthorityVerdict.some(use.below(wanted.oldestGeneration()))
              + " still hold profiles of an older key, which stays until they are made anew; see"
              + " what their VpnClients say");
    }
    return Verdict.good(
        "Current",
        "profiles are made with the server key of generation "
            + newest
            + (oldest == newest
                ? ""
                : "; those of before, from generation "
                    + oldest
                    + " on, work until "
                    + OLDEST
                    + " is raised, and who still uses one cannot be seen"));
  }
}

package dev.ovenbird.operator.status;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a cluster when its status is written.
 *
 * @param accepted whether it may have what it asks for
 * @param resolved whether what it refers to is there; null if nobody has looked
 * @param applied whether all was written; null if nothing was to be
 * @param names whether names lead to nodes; null without endpoints.type DNS
 * @param authority whether the certificate authority needs nobody; null if it is not known
 * @param serverKey whether all profiles are of the newest server key; null if it is not known
 * @param refusals why Kubernetes makes no pods, by lane
 * @param nodes how many the cluster runs on
 * @param draining how many of them send their clients away
 * @param instances how many there should be
 * @param notReady names of instances that should serve and don't, with the cause
 */
public record ClusterFacts(
    Verdict accepted,
    @Nullable Verdict resolved,
    @Nullable Verdict applied,
    @Nullable Verdict names,
    @Nullable Verdict authority,
    @Nullable Verdict serverKey,
    List<String> refusals,
    int nodes,
    int draining,
    int instances,
    List<String> notReady) {

  /** Of a cluster that gets nothing new. */
  public static ClusterFacts notAccepted(Verdict accepted) {
    return new ClusterFacts(accepted, null, null, null, null, null, List.of(), 0, 0, 0, List.of());
  }
}

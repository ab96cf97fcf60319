package dev.ovenbird.operator.status;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The conditions of a VpnCluster. Ready is what the first link of a chain objects to. */
public final class ClusterConditions {
  private static final int SHOWN = 3;

  private static final List<Function<ClusterFacts, @Nullable Verdict>> CHAIN =
      List.of(
          facts -> bad(facts.accepted()),
          facts -> bad(facts.resolved()),
          facts -> bad(facts.applied()),
          facts -> bad(facts.names()),
          ClusterConditions::nodes,
          ClusterConditions::pods,
          ClusterConditions::instances);

  private ClusterConditions() {}

  /** Adds Accepted and Ready, and what else is known. */
  public static Conditions of(ClusterFacts facts, Conditions conditions) {
    conditions.set("Accepted", facts.accepted());
    if (facts.applied() != null) {
      conditions.set("Applied", facts.applied());
    }
    if (facts.names() != null) {
      conditions.set("NamesPublished", facts.names());
    }
    if (facts.authority() != null) {
      conditions.set("AuthorityCurrent", facts.authority());
    }
    if (facts.serverKey() != null) {
      conditions.set("ServerKeyCurrent", facts.serverKey());
    }
    conditions.set("Ready", ready(facts));
    return conditions;
  }

  static Verdict ready(ClusterFacts facts) {
    for (Function<ClusterFacts, @Nullable Verdict> link : CHAIN) {
      Verdict verdict = link.apply(facts);
      if (verdict != null) {
        return verdict;
      }
    }
    return Verdict.good("Serving", "every instance serves");
  }

  private static @Nullable Verdict nodes(ClusterFacts facts) {
    if (facts.nodes() == 0) {
      return Verdict.bad(
          "NoNodes",
          "no node runs instances; label one as in spec.instances.nodeSelector, or tolerate its"
              + " taints in spec.instances.tolerations");
    }
    return facts.nodes() > facts.draining()
        ? null
        : Verdict.bad(
            "EveryNodeDrains",
            "every node is cordoned or marked for removal; uncordon one, or add another");
  }

  private static @Nullable Verdict pods(ClusterFacts facts) {
    return facts.refusals().isEmpty()
        ? null
        : Verdict.bad("PodsRefused", String.join("; ", facts.refusals()));
  }

  private static @Nullable Verdict instances(ClusterFacts facts) {
    List<String> notReady = facts.notReady();
    if (notReady.isEmpty()) {
      return null;
    }
    String first = String.join(", ", notReady.stream().sorted().limit(SHOWN).toList());
    return Verdict.bad(
        "InstancesNotReady",
        notReady.size()
            + " of "
            + facts.instances()
            + " instances not ready: "
            + first
            + (notReady.size() > SHOWN ? " and " + (notReady.size() - SHOWN) + " more" : "")
            + "; see kubectl get vpninstances -A -o wide");
  }

  private static @Nullable Verdict bad(@Nullable Verdict verdict) {
    return verdict == null || verdict.good() ? null : verdict;
  }
}

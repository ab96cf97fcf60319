package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnClusterStatus;
import dev.ovenbird.crds.v1alpha1.VpnClusterStatus.DnsRecord;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.status.ClusterConditions;
import dev.ovenbird.operator.status.ClusterFacts;
import dev.ovenbird.operator.status.Conditions;
import dev.ovenbird.operator.status.Verdict;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What people are told of a cluster. */
final class ClusterReport {
  private final OperatorContext context;
  private final Memory memory;
  private final VpnCluster cluster;
  private final ClusterCache cache;
  private final Instant now;
  private final @Nullable VpnClusterStatus before;
  private final VpnCluster latest;

  ClusterReport(
      OperatorContext context, Memory memory, VpnCluster cluster, ClusterCache cache, Instant now) {
    this.context = context;
    this.memory = memory;
    this.cluster = cluster;
    this.cache = cache;
    this.now = now;
    latest = memory.newest(cache.latest());
    before = latest.getStatus();
  }

  /** An event, unless the conditions say it already. */
  void warn(Verdict verdict) {
    if (before == null
        || before.conditions().stream()
            .noneMatch(condition -> verdict.message().equals(condition.getMessage()))) {
      context.events().warning(cluster, verdict.reason(), verdict.message());
    }
  }

  /** An event when a cluster is accepted for the first time, or again. */
  void accepted(Verdict accepted, int instances) {
    if (accepted.good() && !"True".equals(statusOf("Accepted"))) {
      context.events().normal(cluster, "Accepted", instances + " instances are to serve");
    }
  }

  /** Null unless the status is to be written a little later. */
  @Nullable Duration write(
      ClusterFacts facts, int instances, int serving, List<DnsRecord> records) {
    Conditions conditions =
        ClusterConditions.of(
            facts,
            new Conditions(
                before == null ? List.of() : before.conditions(),
                cluster.getMetadata().getGeneration(),
                now));
    return write(conditions.list(), instances, serving, records);
  }

  /** With the numbers that were there before. */
  @Nullable Duration writeAsBefore(ClusterFacts facts) {
    return write(
        facts,
        before == null || before.instances() == null ? 0 : before.instances(),
        before == null || before.readyInstances() == null ? 0 : before.readyInstances(),
        before == null ? List.of() : before.dnsRecords());
  }

  private @Nullable Duration write(
      List<Condition> conditions, int instances, int serving, List<DnsRecord> records) {
    VpnClusterStatus status =
        new VpnClusterStatus(
            instances,
            serving,
            cache.clients(),
            cluster.getMetadata().getGeneration(),
            records,
            conditions);
    if (!memory.isStatusUnsure()) {
      if (status.equals(before)) {
        return null;
      }
      if (before != null && isSameButClients(status, before) && !memory.isCountDue(now)) {
        return Memory.countEvery();
      }
    }
    VpnCluster desired = new VpnCluster();
    desired.setMetadata(
        new ObjectMetaBuilder()
            .withName(cluster.getMetadata().getName())
            .withNamespace(cluster.getMetadata().getNamespace())
            .build());
    // The API server wants a valid spec and ignores it in a status write.
    desired.setSpec(cluster.getSpec());
    desired.setStatus(status);
    memory.writesStatus();
    memory.wroteStatus(context.applier().applyStatus(desired, latest), now);
    return null;
  }

  private static boolean isSameButClients(VpnClusterStatus one, VpnClusterStatus other) {
    return Objects.equals(one.instances(), other.instances())
        && Objects.equals(one.readyInstances(), other.readyInstances())
        && Objects.equals(one.observedGeneration(), other.observedGeneration())
        && one.dnsRecords().equals(other.dnsRecords())
        && one.conditions().equals(other.conditions());
  }

  private @Nullable String statusOf(String type) {
    return before == null
        ? null
        : before.conditions().stream()
            .filter(condition -> condition.getType().equals(type))
            .map(Condition::getStatus)
            .findFirst()
            .orElse(null);
  }
}

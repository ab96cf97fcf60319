package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec;
import dev.ovenbird.crds.v1alpha1.VpnInstanceSpec.Mode;
import dev.ovenbird.operator.apply.ForeignObjectException;
import dev.ovenbird.operator.plan.Marks;
import dev.ovenbird.operator.plan.kubernetes.Owner;
import dev.ovenbird.operator.plan.kubernetes.Placement;
import dev.ovenbird.operator.plan.kubernetes.Retirement;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.status.ApiFailure;
import dev.ovenbird.operator.status.ClusterFacts;
import dev.ovenbird.operator.status.Verdict;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Ends a cluster: agents remove what they made on their nodes, and only then what was made for them
 * goes. VpnClients and their profiles are people's and stay.
 */
final class ClusterRemoval {
  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final Duration SOON = Duration.ofMillis(500);
  private static final int SHOWN = 3;
  private static final Verdict UNINSTALLED =
      Verdict.bad(
          "Uninstalled",
          "the operator was uninstalled and took every instance off its node; install it again, and"
              + " profiles are as good as before");

  private final OperatorContext context;
  private final VpnCluster cluster;
  private final Owner owner;
  private final ClusterCache cache;
  private final ClusterReport report;
  private final Instant now;

  /** Whether what lies in the operator's own namespace stays: authority and claims. */
  private final boolean keepsAuthority;

  ClusterRemoval(OperatorContext context, Memory memory, VpnCluster cluster) {
    this(context, memory, cluster, false);
  }

  private ClusterRemoval(
      OperatorContext context, Memory memory, VpnCluster cluster, boolean keepsAuthority) {
    this.context = context;
    this.keepsAuthority = keepsAuthority;
    this.cluster = cluster;
    owner = Owner.of(cluster, context.settings().agentsNamespace());
    cache = new ClusterCache(context.caches(), cluster);
    now = context.clock().instant();
    report = new ClusterReport(context, memory, cluster, cache, now);
  }

  /** The cluster and its authority stay; it only leaves its nodes. */
  static ClusterRemoval withdrawing(OperatorContext context, Memory memory, VpnCluster cluster) {
    return new ClusterRemoval(context, memory, cluster, true);
  }

  /** Null if nothing is left, else how long to wait at most. */
  @Nullable Duration run() {
    context.clusters().withdraw(owner.namespace(), owner.name());
    try {
      return remove();
    } catch (ForeignObjectException e) {
      return refused(Verdict.bad("ForeignObject", String.valueOf(e.getMessage())));
    } catch (KubernetesClientException e) {
      Verdict verdict = ApiFailure.verdict(e);
      if (verdict == null) {
        throw e;
      }
      return refused(verdict);
    }
  }

  private @Nullable Duration remove() throws ForeignObjectException {
    Map<String, VpnInstance> instances = cache.instances();
    Parallel.each(instances.values(), this::retire);
    TreeSet<String> awaited = awaited(instances);
    if (!awaited.isEmpty()) {
      String nodes =
          String.join(", ", awaited.stream().limit(SHOWN).toList())
              + (awaited.size() > SHOWN ? " and " + (awaited.size() - SHOWN) + " more" : "");
      Verdict waiting =
          Verdict.bad(
              "Retiring",
              "waiting until the agents on "
                  + nodes
                  + " have removed what they made there; a node that is deleted, or not ready for "
                  + context.settings().retireLimit().toSeconds()
                  + " s, is not waited for");
      report.warn(waiting);
      report.writeAsBefore(ClusterFacts.notAccepted(waiting));
      Duration limit = context.settings().retireLimit();
      return limit.compareTo(RETRY) < 0 ? limit : RETRY;
    }
    List<HasMetadata> left = left();
    if (left.isEmpty()) {
      if (areCachesBehind()) {
        return SOON; // Agents that were just begun retire first, and need their rights for it.
      }
      left = unwatched();
    }
    Parallel.each(left, context.applier()::delete);
    if (left.isEmpty()) {
      if (keepsAuthority) {
        report.writeAsBefore(ClusterFacts.notAccepted(UNINSTALLED));
      }
      context
          .events()
          .normal(
              cluster,
              "Retired",
              keepsAuthority
                  ? "every instance is retired, as the operator is uninstalled"
                  : "every instance is retired; the cluster is gone");
      return null;
    }
    return SOON;
  }

  private void retire(VpnInstance instance) throws ForeignObjectException {
    VpnInstanceSpec spec = instance.getSpec();
    if (spec.mode() != Mode.Retire) {
      VpnInstance desired = new VpnInstance();
      desired.setMetadata(
          new ObjectMetaBuilder()
              .withName(instance.getMetadata().getName())
              .withNamespace(instance.getMetadata().getNamespace())
              .withLabels(new HashMap<>(instance.getMetadata().getLabels()))
              .build());
      desired.setSpec(
          new VpnInstanceSpec(spec.clusterRef(), spec.nodeName(), spec.lane(), Mode.Retire));
      context.applier().apply(desired, instance);
    }
  }

  /** Nodes with an agent that has not reported. */
  private TreeSet<String> awaited(Map<String, VpnInstance> instances) {
    Map<String, Placement> nodes = Placement.everywhere(cache.nodes());
    Retirement retirement =
        new Retirement(
            cache.daemonSets(), Map.of(), any -> true, context.settings().retireLimit(), now);
    TreeSet<String> awaited = new TreeSet<>();
    for (VpnInstance instance : instances.values()) {
      if (!retirement.isOver(instance, nodes.get(instance.getSpec().nodeName()))) {
        awaited.add(instance.getSpec().nodeName());
      }
    }
    return awaited;
  }

  /** Everything made for the cluster that is still there, as the caches have it. */
  private List<HasMetadata> left() {
    List<HasMetadata> left = new ArrayList<>(cache.daemonSets().values());
    left.addAll(cache.configMaps().values());
    left.addAll(cache.secrets().values());
    left.addAll(cache.instances().values());
    if (keepsAuthority) {
      left.removeIf(object -> own().equals(object.getMetadata().getNamespace()));
    }
    return left;
  }

  /** Whether the API server has something that was made for the cluster and no cache shows yet. */
  private boolean areCachesBehind() {
    var client = context.client();
    var caches = context.caches();
    String agents = owner.agentsNamespace();
    return isBehind(caches.daemonSets(), client.apps().daemonSets().inNamespace(agents))
        || isBehind(caches.instances(), client.resources(VpnInstance.class).inNamespace(agents))
        || isBehind(caches.configMaps(), client.configMaps().inNamespace(agents))
        || isBehind(caches.secrets(), client.secrets().inNamespace(agents))
        || (!keepsAuthority
            && (isBehind(caches.configMaps(), client.configMaps().inNamespace(own()))
                || isBehind(caches.secrets(), client.secrets().inNamespace(own()))));
  }

  private <T extends HasMetadata> boolean isBehind(
      SharedIndexInformer<T> cache,
      FilterWatchListDeletable<T, ? extends KubernetesResourceList<T>, ?> there) {
    return there.withLabels(mark()).list().getItems().stream()
        .anyMatch(object -> cache.getStore().get(object) == null);
  }

  /** What has no watch. */
  private List<HasMetadata> unwatched() {
    String namespace = owner.agentsNamespace();
    var rbac = context.client().rbac();
    List<HasMetadata> left = new ArrayList<>();
    left.addAll(rbac.roleBindings().inNamespace(namespace).withLabels(mark()).list().getItems());
    left.addAll(rbac.roles().inNamespace(namespace).withLabels(mark()).list().getItems());
    left.addAll(
        context
            .client()
            .serviceAccounts()
            .inNamespace(namespace)
            .withLabels(mark())
            .list()
            .getItems());
    if (!left.isEmpty()) {
      Names.end(context, owner);
    }
    return left;
  }

  private String own() {
    return context.settings().operatorNamespace();
  }

  private Map<String, String> mark() {
    return Map.of(Marks.MANAGED_BY, Marks.OPERATOR, Marks.CLUSTER_UID, owner.uid());
  }

  private Duration refused(Verdict verdict) {
    report.warn(verdict);
    report.writeAsBefore(ClusterFacts.notAccepted(verdict));
    return RETRY;
  }
}

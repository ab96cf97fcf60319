package dev.ovenbird.operator.reconcile.cluster;

import dev.ovenbird.crds.v1alpha1.Pki;
import dev.ovenbird.crds.v1alpha1.Tls;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnClusterStatus.DnsRecord;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.operator.apply.ForeignObjectException;
import dev.ovenbird.operator.issue.IssuedCluster;
import dev.ovenbird.operator.issue.Pem;
import dev.ovenbird.operator.issue.ServerKey;
import dev.ovenbird.operator.plan.Endpoint;
import dev.ovenbird.operator.plan.Node;
import dev.ovenbird.operator.plan.kubernetes.ClusterObjects;
import dev.ovenbird.operator.plan.kubernetes.Conflict;
import dev.ovenbird.operator.plan.kubernetes.InstancePlan;
import dev.ovenbird.operator.plan.kubernetes.Owner;
import dev.ovenbird.operator.plan.kubernetes.Placement;
import dev.ovenbird.operator.plan.kubernetes.Retirement;
import dev.ovenbird.operator.plan.kubernetes.Rollout;
import dev.ovenbird.operator.plan.kubernetes.ServerSecrets;
import dev.ovenbird.operator.reconcile.ClusterIssuer;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.UnresolvedException;
import dev.ovenbird.operator.reconcile.pki.AuthorityUse;
import dev.ovenbird.operator.reconcile.pki.ServerKeyUse;
import dev.ovenbird.operator.resolve.ClusterResource;
import dev.ovenbird.operator.resolve.InvalidInputException;
import dev.ovenbird.operator.resolve.ResolvedCluster;
import dev.ovenbird.operator.status.ApiFailure;
import dev.ovenbird.operator.status.ClusterFacts;
import dev.ovenbird.operator.status.Verdict;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One look at one cluster: resolve, plan, issue, apply, status. */
final class ClusterRun {
  /** What nobody tells us has changed is tried again. */
  private static final Duration RETRY = Duration.ofSeconds(5);

  /** A person's Secret is in no cache of ours; another authority in it is a rotation. */
  private static final Duration PERSONS_SECRET = Duration.ofMinutes(1);

  private static final Verdict APPLIED = Verdict.good("Applied", "everything is as it should be");

  private final OperatorContext context;
  private final ClusterIssuer issuer;
  private final Memory memory;
  private final VpnCluster cluster;
  private final Owner owner;
  private final ClusterCache cache;
  private final Writes writes;
  private final ClusterReport report;
  private final Instant now;
  private final Wake wake = new Wake();
  private @Nullable Verdict authority;
  private @Nullable Verdict serverKey;

  ClusterRun(OperatorContext context, ClusterIssuer issuer, Memory memory, VpnCluster cluster) {
    this.context = context;
    this.issuer = issuer;
    this.memory = memory;
    this.cluster = cluster;
    owner = Owner.of(cluster, context.settings().agentsNamespace());
    cache = new ClusterCache(context.caches(), cluster);
    writes = new Writes(context, cluster, cache);
    now = context.clock().instant();
    report = new ClusterReport(context, memory, cluster, cache, now);
  }

  /** Returns when to look again; null if only a change calls for it. */
  @Nullable Duration run() {
    ResolvedCluster resolved;
    try {
      resolved = ClusterResource.resolve(cluster);
    } catch (InvalidInputException e) {
      return notAccepted("InvalidSpec", String.join("; ", e.lines()));
    }
    Conflict.Claim claim = cache.claim(cluster, resolved);
    List<Conflict.Claim> all = new ArrayList<>(cache.claims());
    all.add(claim);
    Conflict conflict = Conflict.of(claim, all);
    if (conflict != null) {
      return notAccepted(conflict.reason(), conflict.message());
    }
    List<Placement> placements = Placement.of(resolved.spec().instances(), cache.nodes());
    Verdict accepted = Verdict.good("Accepted", "the cluster may have what it asks for");
    IssuedCluster issued;
    InstancePlan plan;
    String users;
    try {
      issued = issuer.issue(cluster);
      users = UserSecret.read(context, cluster);
      plan =
          InstancePlan.of(
              resolved.spec(), owner, placements, cache.instances(), retirement(placements));
    } catch (UnresolvedException e) {
      return unresolved(accepted, Verdict.bad(e.reason(), message(e)));
    } catch (ForeignObjectException e) {
      return unresolved(accepted, Verdict.bad("ForeignObject", message(e)));
    } catch (KubernetesClientException e) {
      return unresolved(accepted, verdict(e));
    }
    ServerKeyUse keyUse = ServerKeyUse.of(context, owner.uid(), issued.serverKeys());
    context.clusters().publish(snapshot(resolved, issued, keyUse, plan));
    wake.in(memory.settling.remaining(now));
    if (resolved.spec().pki().ca().type() == Pki.CaType.Secret || users != null) {
      wake.in(PERSONS_SECRET);
    }
    authority = AuthorityVerdict.of(cluster.getSpec().pki().ca(), issued, use(), now);
    Tls.ServerKey key = resolved.spec().tls().controlChannel().serverKey();
    serverKey = ServerKeyVerdict.of(key, issued.serverKeys(), keyUse);
    if (issued.serverKeys().getLast().generation() < key.oldestGeneration()) {
      wake.in(RETRY); // Profiles are looked at by other controllers, and have no watch here.
    }
    apply(accepted, resolved, placements, plan, secrets(issued, users));
    return wake.after();
  }

  private void apply(
      Verdict accepted,
      ResolvedCluster resolved,
      List<Placement> placements,
      InstancePlan plan,
      ServerSecrets secrets) {
    List<Node> nodes = placements.stream().map(Placement::node).toList();
    ClusterObjects objects =
        ClusterObjects.render(
            resolved,
            owner,
            context.settings().agentPods(),
            nodes,
            Placement.everywhere(cache.nodes()).values().stream().map(Placement::node).toList(),
            lanes(plan),
            secrets);
    Names names = new Names(context, owner, resolved.spec(), plan.slots(), nodes);
    long digest = 31L * objects.access().hashCode() + cluster.getMetadata().getGeneration();
    boolean look = memory.isLookDue(digest, now);
    Verdict applied = APPLIED;
    Map<Integer, DaemonSet> lanes = cache.daemonSets();
    try {
      if (look) {
        writes.access(objects.access());
        names.endUnwanted();
      }
      writes.keys(objects.keys());
      writes.configs(objects);
      writes.instances(plan); // Before their agents: the signer notes on them what it signs.
      lanes = writes.daemonSets(objects, plan, dead(placements));
      writes.endLanes(objects, plan);
      if (look) {
        memory.looked(digest, now);
      }
    } catch (ForeignObjectException e) {
      applied = Verdict.bad("ForeignObject", message(e));
    } catch (KubernetesClientException e) {
      applied = verdict(e);
    }
    if (!applied.good()) {
      wake.in(RETRY);
      report.warn(applied);
    }
    status(accepted, applied, names, placements, plan, lanes);
  }

  private void status(
      Verdict accepted,
      Verdict applied,
      Names names,
      List<Placement> placements,
      InstancePlan plan,
      Map<Integer, DaemonSet> lanes) {
    Verdict named = names.publish();
    if (named != null && !named.good()) {
      wake.in(RETRY);
      report.warn(named);
    }
    Readiness readiness = Readiness.of(plan, placements, cache.instances(), lanes);
    List<String> refusals = new PodRefusals(context).of(lanes.values());
    if (lanes.values().stream().anyMatch(Rollout::lacksPods)) {
      wake.in(RETRY);
    }
    if (readiness.retiring() > 0 || hasLaneTooMany(plan)) {
      Duration limit = context.settings().retireLimit();
      wake.in(limit.compareTo(RETRY) < 0 ? limit : RETRY);
    }
    report.accepted(accepted, readiness.instances());
    if (authority != null && !authority.good()) {
      report.warn(authority);
    }
    ClusterFacts facts =
        new ClusterFacts(
            accepted,
            null,
            applied,
            named,
            authority,
            serverKey,
            refusals,
            placements.size(),
            readiness.draining(),
            readiness.instances(),
            readiness.notReady());
    List<DnsRecord> records = names.records();
    wake.in(report.write(facts, readiness.instances(), readiness.serving(), records));
  }

  private Duration notAccepted(String reason, String message) {
    Verdict verdict = Verdict.bad(reason, message);
    report.warn(verdict);
    // What runs of it goes on as it is; it may be what the people of the cluster are on.
    wake.in(report.writeAsBefore(ClusterFacts.notAccepted(verdict)));
    return wake.orElse(Duration.ofMinutes(1));
  }

  private Duration unresolved(Verdict accepted, Verdict verdict) {
    report.warn(verdict);
    wake.in(
        report.writeAsBefore(
            new ClusterFacts(
                accepted, verdict, null, null, null, null, List.of(), 0, 0, 0, List.of())));
    return wake.orElse(RETRY);
  }

  /** The cluster's lanes and those that are on their way out. */
  private SortedSet<Integer> lanes(InstancePlan plan) {
    SortedSet<Integer> lanes = new TreeSet<>(cache.daemonSets().keySet());
    for (VpnInstance instance : plan.wanted().values()) {
      lanes.add(instance.getSpec().lane());
    }
    for (int lane = 0; lane < cluster.getSpec().instances().perNode(); lane++) {
      lanes.add(lane);
    }
    return lanes;
  }

  /** Of a lane that goes, also on a node that is drained: its limit passes without an event. */
  private boolean hasLaneTooMany(InstancePlan plan) {
    int lanes = cluster.getSpec().instances().perNode();
    return plan.wanted().values().stream().anyMatch(one -> one.getSpec().lane() >= lanes);
  }

  private SortedMap<String, Integer> use() {
    return AuthorityUse.below(
        cluster.getSpec().pki().ca().oldestGeneration(), context, owner.uid());
  }

  private Retirement retirement(List<Placement> placements) {
    Map<String, Placement> left = Placement.everywhere(cache.nodes());
    placements.forEach(placement -> left.remove(placement.node().name()));
    return new Retirement(
        cache.daemonSets(),
        left,
        new RunningAgents(context, owner)::has,
        context.settings().retireLimit(),
        now);
  }

  private static int dead(List<Placement> placements) {
    return (int) placements.stream().filter(placement -> !placement.isReady()).count();
  }

  private ClusterSnapshot snapshot(
      ResolvedCluster resolved, IssuedCluster issued, ServerKeyUse keyUse, InstancePlan plan) {
    SortedMap<String, List<Endpoint>> settled =
        new TreeMap<>(memory.settling.settled(plan.published(), now));
    return new ClusterSnapshot(
        owner.namespace(),
        owner.name(),
        owner.uid(),
        resolved.spec(),
        resolved.networks(),
        issued,
        keyUse.wraps(issued.serverKeys()),
        settled,
        memory.settling.pending());
  }

  private ServerSecrets secrets(IssuedCluster issued, @Nullable String users) {
    boolean legacy = cluster.getSpec().tls().controlChannel().legacy() != null;
    return new ServerSecrets(
        issued.serverKeys().stream().map(ServerKey::text).toList(),
        legacy ? issued.staticKeys() : List.of(),
        cluster.getSpec().authentication().asksPasswords() ? issued.tokenKeys() : List.of(),
        issued.trusted().stream().map(Pem::of).toList(),
        issued.crossCertificates().stream().map(Pem::of).toList(),
        users);
  }

  private static Verdict verdict(KubernetesClientException failure) {
    Verdict verdict = ApiFailure.verdict(failure);
    if (verdict == null) {
      throw failure; // A conflict, or no answer: tried again soon.
    }
    return verdict;
  }

  private static String message(Exception failure) {
    return String.valueOf(failure.getMessage());
  }
}

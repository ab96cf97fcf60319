package dev.ovenbird.operator.reconcile.client;

import dev.ovenbird.crds.v1alpha1.VpnClient;
import dev.ovenbird.crds.v1alpha1.VpnCluster;
import dev.ovenbird.crds.v1alpha1.VpnInstance;
import dev.ovenbird.operator.address.IpAddress;
import dev.ovenbird.operator.reconcile.ClientNetworks;
import dev.ovenbird.operator.reconcile.ClusterSnapshot;
import dev.ovenbird.operator.reconcile.OperatorContext;
import dev.ovenbird.operator.reconcile.UnresolvedException;
import dev.ovenbird.operator.reconcile.client.ClientStatuses.Findings;
import dev.ovenbird.operator.reconcile.watch.Newest;
import dev.ovenbird.operator.reconcile.watch.SharedEventSource;
import dev.ovenbird.operator.reconcile.written.ClaimMaps;
import dev.ovenbird.operator.reconcile.written.ProfileMarks;
import dev.ovenbird.operator.status.ApiFailure;
import dev.ovenbird.operator.status.Verdict;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import jakarta.inject.Inject;
import java.net.HttpURLConnection;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Gives each VpnClient its address, its certificate and keys in a profile Secret, and says how it
 * is. A client whose Secret and inputs are as they were costs no request.
 */
@ControllerConfiguration(name = "vpnclient", informer = @Informer(itemStore = LeanClients.class))
@GradualRetry(maxAttempts = Integer.MAX_VALUE, initialInterval = 300, maxInterval = 30_000)
public final class ClientReconciler implements Reconciler<VpnClient> {
  private static final Duration SOON = Duration.ofMillis(200);

  private static final Verdict SETTLING =
      Verdict.bad("Settling", "nodes or addresses are changing; a new profile follows in seconds");

  private final OperatorContext context;
  private final ClusterWorks clusters;
  private final ClientAddress addresses;
  private final ClusterWait clusterWait;
  private final ProfileSecrets profiles;
  private final ClientStatuses statuses;
  private final Recent<VpnClient> recent = new Recent<>();
  private final Sessions sessions = new Sessions();
  private final WakeUps wakeUps = new WakeUps();

  @Inject
  public ClientReconciler(OperatorContext context) {
    this.context = context;
    clusters = new ClusterWorks(context, wakeUps);
    addresses = new ClientAddress(context, recent);
    clusterWait = new ClusterWait(context);
    profiles = new ProfileSecrets(context);
    statuses = new ClientStatuses(context, recent);
  }

  @Override
  public List<EventSource<?, VpnClient>> prepareEventSources(
      EventSourceContext<VpnClient> eventSources) {
    var caches = context.caches();
    return List.of(
        wakeUps,
        new SharedEventSource<>("profiles", caches.secrets(), this::profileChanged),
        new SharedEventSource<>("claims", caches.configMaps(), this::claimsChanged),
        new SharedEventSource<>("sessions", caches.instances(), this::reported),
        new SharedEventSource<>("clusters", caches.clusters(), this::clusterChanged),
        new SharedEventSource<>(
            "nodes",
            caches.nodes(),
            (before, after) -> ids(ClientNetworks.concerned(context, before, after))),
        new SharedEventSource<>("others", caches.clients(), this::clientChanged));
  }

  private Set<ResourceID> profileChanged(@Nullable Secret before, Secret secret) {
    if (!ProfileMarks.isProfile(secret)) {
      return Set.of();
    }
    Set<ResourceID> owners = new HashSet<>();
    // Whose it was before as well: an owner that somebody took out has to know.
    for (Secret one : before == null ? List.of(secret) : List.of(before, secret)) {
      for (OwnerReference owner : one.getMetadata().getOwnerReferences()) {
        profiles.seen(owner.getUid());
        owners.add(new ResourceID(owner.getName(), one.getMetadata().getNamespace()));
      }
    }
    return owners;
  }

  private Set<ResourceID> claimsChanged(@Nullable ConfigMap before, ConfigMap after) {
    if (!ClaimMaps.isOne(after)) {
      return Set.of();
    }
    Map<String, String> old =
        before == null || before.getData() == null ? Map.of() : before.getData();
    ConfigMap now = context.caches().configMaps().getStore().get(after);
    boolean isThere = now != null && !SharedEventSource.isAnother(now, after);
    Map<String, String> next = !isThere || after.getData() == null ? Map.of() : after.getData();
    if (before == null && !isThere) {
      old = after.getData() == null ? Map.of() : after.getData();
    }
    // Who loses a claim has to know; who gets one is told by the keeper.
    Set<ResourceID> concerned = new HashSet<>();
    old.forEach(
        (address, claim) -> {
          if (!claim.equals(next.get(address))) {
            String[] words = claim.split("[ /]", 4);
            if (words.length >= 3) {
              concerned.add(new ResourceID(words[2], words[1]));
              clusters.claimLost(after, words[0], address);
            }
          }
        });
    clusters.claimsChanged(after);
    return concerned;
  }

  private Set<ResourceID> reported(@Nullable VpnInstance before, VpnInstance after) {
    boolean isThere = context.caches().instances().getStore().get(after) != null;
    return sessions.update(after.getMetadata().getName(), isThere ? after : null);
  }

  private Set<ResourceID> clusterChanged(@Nullable VpnCluster before, VpnCluster after) {
    if (before == null || after.getMetadata().getDeletionTimestamp() != null) {
      clusters.wakeAll(after.getMetadata().getNamespace(), after.getMetadata().getName());
    }
    return Set.of();
  }

  private Set<ResourceID> clientChanged(@Nullable VpnClient before, VpnClient after) {
    Set<ResourceID> concerned =
        new HashSet<>(ids(ClientNetworks.concerned(context, before, after)));
    VpnClient now = context.caches().clients().getStore().get(after);
    boolean isAnother = now != null && SharedEventSource.isAnother(now, after);
    if (now == null || isAnother) {
      clusters.deleted(after);
    }
    if (isAnother) {
      // The controller's own watch may have told of an update, and no generation has grown.
      concerned.add(ResourceID.fromResource(after));
    }
    return concerned;
  }

  private static Set<ResourceID> ids(List<VpnClient> clients) {
    return clients.stream().map(ResourceID::fromResource).collect(Collectors.toSet());
  }

  @Override
  public UpdateControl<VpnClient> reconcile(VpnClient cached, Context<VpnClient> ignored) {
    VpnClient client = newest(cached);
    if (client.getMetadata().getDeletionTimestamp() != null) {
      return UpdateControl.noUpdate();
    }
    try {
      Duration again = reconcile(client);
      return again == null
          ? UpdateControl.noUpdate()
          : UpdateControl.<VpnClient>noUpdate().rescheduleAfter(again);
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        return UpdateControl.<VpnClient>noUpdate().rescheduleAfter(SOON);
      } else if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return UpdateControl.noUpdate(); // It went in the meantime.
      }
      Verdict refused = ApiFailure.verdict(e);
      if (refused != null) {
        blocked(client, refused, List.of());
      }
      throw e;
    }
  }

  /** The cache's client, or what was written of it since. */
  private VpnClient newest(VpnClient cached) {
    return Newest.of(cached, recent.get(cached.getMetadata().getUid()));
  }

  /** When to look again; null if an event will tell. */
  private @Nullable Duration reconcile(VpnClient client) {
    String namespace = client.getMetadata().getNamespace();
    String clusterName = client.getSpec().clusterRef().name();
    ClusterWork cluster = clusters.find(namespace, clusterName);
    if (cluster == null) {
      ClusterWait.Outcome wait = clusterWait.of(namespace, clusterName);
      if (wait.why() != null) {
        boolean keeps = wait.isThere() && client.getStatus() != null;
        blocked(client, wait.why(), keeps ? client.getStatus().addresses() : List.of());
      }
      return wait.again();
    }
    clusterWait.isOver(namespace, clusterName);
    ClientAddress.Outcome own = addresses.of(client, cluster);
    if (own.isPending() && client.getStatus() == null) {
      return null; // The answer comes as an event; nothing is worth a write before.
    }
    return profile(own, cluster);
  }

  private @Nullable Duration profile(ClientAddress.Outcome own, ClusterWork cluster) {
    VpnClient client = own.client();
    IpAddress address = own.address();
    Verdict addressFault = own.fault();
    ProfileMarks marks = null;
    Verdict profile;
    try {
      marks = profiles.ensure(client, cluster);
      if (marks == null) {
        return SOON;
      }
      profile = new Verdict(true, "Written", "the Secret holds the newest profile");
    } catch (UnresolvedException e) {
      profile = new Verdict(false, e.reason(), String.valueOf(e.getMessage()));
      context.events().warning(client, e.reason(), String.valueOf(e.getMessage()));
    }
    if (own.isPending()) {
      return null;
    }
    if (addressFault != null) {
      context.events().warning(client, addressFault.reason(), addressFault.message());
    }
    Instant ends = end(client);
    boolean isOver = ends != null && !ends.isAfter(context.clock().instant());
    Verdict ready;
    if (!profile.good()) {
      ready = profile;
    } else if (addressFault != null) {
      ready = addressFault;
    } else if (client.getSpec().suspend()) {
      ready = new Verdict(false, "Suspended", "refused until spec.suspend is false");
    } else if (isOver) {
      ready =
          new Verdict(
              false, "AccessEnded", "access ended at spec.notAfter; set it later or leave it out");
    } else {
      ready = new Verdict(true, "Ready", "the client may connect with its profile");
    }
    ClusterSnapshot snapshot = cluster.snapshot();
    Verdict networks = networks(client, snapshot);
    if (ready.good() && networks != null && !networks.good()) {
      context.events().warning(client, networks.reason(), networks.message());
    }
    boolean settles =
        profile.good() && cluster.remotes().isAboutToChange(client.getMetadata().getUid());
    Duration again =
        statuses.write(
            client,
            new Findings(
                ready,
                settles ? SETTLING : profile,
                networks,
                marks,
                address == null || addressFault != null
                    ? List.of()
                    : snapshot.networks().addresses(address),
                sessions.newest(client.getMetadata().getUid())));
    Duration untilEnd =
        ends == null || isOver
            ? null
            : Duration.between(context.clock().instant(), ends).plusMillis(1);
    return soonest(profile.good() ? again : Duration.ofSeconds(15), untilEnd);
  }

  private @Nullable Verdict networks(VpnClient client, ClusterSnapshot cluster) {
    if (client.getSpec().routedCIDRs().isEmpty()) {
      return null;
    }
    List<String> faults = ClientNetworks.of(context, client, cluster).faults();
    return faults.isEmpty()
        ? Verdict.good("Routed", "the networks behind the client are led to it where it connects")
        : Verdict.bad("NetworkConflict", String.join(". ", faults));
  }

  private static @Nullable Duration soonest(@Nullable Duration one, @Nullable Duration other) {
    return one == null || (other != null && other.compareTo(one) < 0) ? other : one;
  }

  private void blocked(VpnClient client, Verdict why, List<String> addresses) {
    statuses.write(
        client,
        new Findings(
            why, why, null, null, addresses, sessions.newest(client.getMetadata().getUid())));
  }

  private static @Nullable Instant end(VpnClient client) {
    String text = client.getSpec().notAfter();
    try {
      return text == null ? null : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      return null; // The CRD lets none through.
    }
  }
}
